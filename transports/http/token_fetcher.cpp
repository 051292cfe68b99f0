#include "tieline/transports/http/token_fetcher.hpp"

#include "tieline/messages/secret_file.hpp"
#include "tieline/messages/support/printable.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tieline::http {

namespace {

constexpr size_t max_token_file = size_t{64} * 1024;

/// Reads a file without white space around its text; may block. Returns what
/// is wrong with it; empty if nothing is.
std::string read_token(const std::string& path, secret& out) {
  secret file;
  if (auto wrong = read_secret_file(path, secret_text::all, file,
                                    max_token_file);
      !wrong.empty())
    return wrong;
  constexpr auto blank = " \t\r\n";
  auto text = file.reveal();
  auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    return "is empty";
  auto end = text.find_last_not_of(blank) + 1;
  out = secret{text.substr(begin, end - begin)};
  return check_token(out);
}

} // namespace

void token_fetcher::fetch(const profile& who, callback done) {
  key_ = who.key;
  done_ = std::move(done);
  deadline_ = io::clock::now() + who.options.response_timeout;
  ++number_;
  if (who.options.token_source)
    ask_source(who);
  else if (!who.options.token_file.empty())
    read_file(who);
  else
    read_credential(who);
}

void token_fetcher::ask_source(const profile& who) {
  compat::request(self_, *who.options.token_source, caf::infinite,
                  caf::get_atom_v, key_)
    .then([this,
           number = number_](const secret& token) { found(number, token); },
          [this, number = number_](const caf::error&) {
            // Its text is not ours and may hold anything.
            fail(number, "the source has none");
          });
}

void token_fetcher::read_file(const profile& who) {
  struct outcome {
    secret token;
    std::string wrong;
    errc code = errc::invalid_params;
  };
  const auto& path = who.options.token_file;
  helpers_->files.ask(
    path, self_->address(),
    [path] {
      outcome result;
      result.wrong = read_token(path, result.token);
      return result;
    },
    [](const std::string& why) {
      return outcome{{}, why, errc::transport_failed};
    },
    [this, number = number_](const outcome& read) {
      if (read.wrong.empty())
        finish(number, read.token);
      else
        finish(number,
               make_error(read.code, {key_, step::open,
                                      "extras.token_file: "
                                        + printable(read.wrong, max_told)}));
    });
}

void token_fetcher::read_credential(const profile& who) {
  helpers_->credentials.complete(
    key_, *who.named, self_->address(),
    [this,
     number = number_](const caf::expected<connection_params>& completed) {
      if (!completed)
        finish(number, completed.error());
      else if (auto pos = completed->secrets.find("token");
               pos != completed->secrets.end())
        found(number, pos->second);
      else
        fail(number, "the credential has none");
    });
}

void token_fetcher::found(uint64_t number, const secret& token) {
  auto wrong = token.empty() ? "there is none" : check_token(token);
  if (wrong.empty())
    finish(number, token);
  else
    fail(number, wrong);
}

void token_fetcher::fail(uint64_t number, const std::string& cause) {
  finish(number, make_error(errc::auth_failed,
                            {key_, step::auth, "the token: " + cause}));
}

void token_fetcher::finish(uint64_t number,
                           const caf::expected<secret>& result) {
  if (number != number_ || !done_)
    return;
  deadline_ = io::never;
  std::exchange(done_, nullptr)(result);
}

void token_fetcher::expire(io::clock::time_point now) {
  if (deadline_ <= now)
    fail(number_, "no answer in time");
}

void token_fetcher::stop() {
  done_ = nullptr;
  deadline_ = io::never;
}

} // namespace tieline::http
