#include "tieline/transports/http/transfer.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/messages/support/wipe.hpp"
#include "tieline/transports/http/challenge.hpp"
#include "tieline/transports/http/diagnosis.hpp"
#include "tieline/transports/http/url.hpp"

#include <cstring>
#include <utility>

namespace tieline::http {

namespace {

// Of the content of a 401 or redirect that a request with a sink may get.
constexpr uint64_t max_held = uint64_t{1} << 20;

long milliseconds(caf::timespan x) {
  using std::chrono::milliseconds;
  return static_cast<long>(std::chrono::ceil<milliseconds>(x).count());
}

std::string version_name(long version) {
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return "1.0";
    case CURL_HTTP_VERSION_1_1:
      return "1.1";
    case CURL_HTTP_VERSION_2_0:
      return "2";
    default:
      return "unknown";
  }
}

template <class T>
void option(CURL* handle, CURLoption name, T value) {
  // The only failures are a lack of memory and an option that libcurl was
  // built without; the handle then fails or ends otherwise than asked. The
  // factory has checked for the options that matter.
  curl_easy_setopt(handle, name, value);
}

} // namespace

transfer::transfer(std::shared_ptr<const common> session, kind what, call asks,
                   step at, uint64_t limit, callback done)
  : session_(std::move(session)),
    kind_(what),
    call_(std::move(asks)),
    at_(at),
    limit_(limit),
    done_(std::move(done)) {
  // nop
}

transfer::~transfer() {
  if (handle_ != nullptr)
    curl_easy_cleanup(release());
  // Whatever secrets a caller has put there.
  wipe(call_.body);
  for (auto& [name, value] : call_.headers)
    wipe(value);
}

void transfer::set_up(CURL* handle, const secret& token,
                      uint64_t token_version) {
  handle_ = handle;
  token_version_ = token_version;
  header_ = {};
  reply_ = {};
  decoder_.reset();
  answering_ = false;
  received_ = 0;
  sendings_ = 0;
  tls_begun_ = false;
  alerts_before_ = session_->alerts->count;
  paused_ = false;
  own_error_.reset();
  error_[0] = '\0';
  option(handle_, CURLOPT_PRIVATE, static_cast<void*>(this));
  option(handle_, CURLOPT_ERRORBUFFER, error_.data());
  option(handle_, CURLOPT_HEADERFUNCTION, on_header);
  option(handle_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  option(handle_, CURLOPT_WRITEFUNCTION, on_body);
  option(handle_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  option(handle_, CURLOPT_PREREQFUNCTION, on_ready);
  option(handle_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set_url();
  set_limits();
  if (session_->tls)
    set_tls();
  set_proxy();
  set_call();
  set_login(token);
  option(handle_, CURLOPT_HTTPHEADER, headers_);
}

transfer& transfer::of(CURL* handle) {
  void* result = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &result);
  return *static_cast<transfer*>(result);
}

CURL* transfer::release() {
  curl_easy_reset(handle_);
  for (auto* x = headers_; x != nullptr; x = x->next)
    explicit_bzero(x->data, std::strlen(x->data));
  curl_slist_free_all(std::exchange(headers_, nullptr));
  curl_slist_free_all(std::exchange(resolved_, nullptr));
  return std::exchange(handle_, nullptr);
}

transfer::next transfer::conclude(CURLcode code) {
  if (code != CURLE_OK) {
    fail_as(code);
    return next::answered;
  }
  // libcurl has no objection to a header that is cut off.
  if (kind_ == kind::request && !header_.complete()) {
    fail(errc::connection_lost, at_, "closed within the header");
    return next::answered;
  }
  if (auto wrong = check_end(); !wrong.empty()) {
    fail(errc::protocol_error, at_, wrong);
    return next::answered;
  }
  if (wants_refresh())
    return next::refresh;
  if (auto target = next_path()) {
    follow(std::move(*target));
    return next::again;
  }
  return settle();
}

transfer::next transfer::settle() {
  if (sink_ && !reply_.output.empty())
    sink_->put({std::exchange(reply_.output, {}), {}});
  return drained();
}

transfer::next transfer::drained() {
  if (sink_lost()) {
    fail(errc::canceled, step::execute, "the sink takes no more");
    return next::answered;
  }
  if (sink_ && !sink_->flushed())
    return next::drain;
  deliver();
  return next::answered;
}

CURLcode transfer::resume() {
  if (!paused_ || sink_->full())
    return CURLE_OK;
  paused_ = false;
  return curl_easy_pause(handle_, CURLPAUSE_CONT);
}

void transfer::fail(errc code, step at, const std::string& cause) {
  fail(make_error(code, {session_->who.key, at, printable(cause, max_told)}));
}

void transfer::set_url() {
  const auto& who = session_->who;
  option(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  option(handle_, CURLOPT_URL, (who.origin + '/').c_str());
  if (!session_->resolved.empty()) {
    resolved_ = curl_slist_append(nullptr, session_->resolved.c_str());
    option(handle_, CURLOPT_RESOLVE, resolved_);
  }
  option(handle_, CURLOPT_USERAGENT, "tieline");
  auto only_1 = who.options.http_version == http_version::http_1_1;
  option(handle_, CURLOPT_HTTP_VERSION,
         long{only_1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS});
  // Rather wait for a connection that may carry many than make another.
  option(handle_, CURLOPT_PIPEWAIT, 1L);
}

void transfer::set_limits() {
  option(handle_, CURLOPT_NOSIGNAL, 1L);
  option(handle_, CURLOPT_CONNECTTIMEOUT_MS,
         milliseconds(session_->who.options.connect_timeout));
  // As io::dialer: a peer that vanished without a word is noticed in 90 s.
  option(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  option(handle_, CURLOPT_TCP_KEEPIDLE, 60L);
  option(handle_, CURLOPT_TCP_KEEPINTVL, 10L);
  if (kind_ == kind::connect)
    option(handle_, CURLOPT_CONNECT_ONLY, 1L);
}

void transfer::set_tls() {
  auto check = session_->who.options.verify;
  option(handle_, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L);
  option(handle_, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L);
  // What to trust comes with the material, nothing else does.
  option(handle_, CURLOPT_CAINFO, static_cast<char*>(nullptr));
  option(handle_, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  option(handle_, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  option(handle_, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
  option(handle_, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
}

void transfer::set_proxy() {
  const auto& who = session_->who;
  // Empty is not the same as none: then libcurl asks the environment.
  option(handle_, CURLOPT_PROXY, who.options.proxy.c_str());
  option(handle_, CURLOPT_NOPROXY, "");
  if (who.options.proxy.empty())
    return;
  option(handle_, CURLOPT_HTTPPROXYTUNNEL, 1L);
  option(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (who.options.proxy_username.empty())
    return;
  option(handle_, CURLOPT_PROXYAUTH, long{CURLAUTH_BASIC});
  option(handle_, CURLOPT_PROXYUSERNAME, who.options.proxy_username.c_str());
  option(handle_, CURLOPT_PROXYPASSWORD, who.proxy_password.reveal().data());
}

void transfer::set_login(const secret& token) {
  const auto& who = session_->who;
  if (kind_ == kind::connect || call_.has_authorization())
    return;
  if (who.options.auth == http_auth::basic) {
    option(handle_, CURLOPT_HTTPAUTH, long{CURLAUTH_BASIC});
    option(handle_, CURLOPT_USERNAME, who.user.c_str());
    option(handle_, CURLOPT_PASSWORD, who.password.reveal().data());
  } else if (who.options.auth == http_auth::digest) {
    option(handle_, CURLOPT_HTTPAUTH, long{CURLAUTH_DIGEST});
    option(handle_, CURLOPT_USERNAME, who.user.c_str());
    option(handle_, CURLOPT_PASSWORD, who.password.reveal().data());
  } else if (who.options.auth == http_auth::bearer) {
    option(handle_, CURLOPT_HTTPAUTH, long{CURLAUTH_BEARER});
    option(handle_, CURLOPT_XOAUTH2_BEARER, token.reveal().data());
  }
}

void transfer::set_call() {
  if (kind_ == kind::connect)
    return;
  if (session_->who.options.auth == http_auth::digest) {
    // It hashes the path of the URL, not that of the request.
    option(handle_, CURLOPT_PATH_AS_IS, 1L);
    option(handle_, CURLOPT_URL, (session_->who.origin + call_.path).c_str());
  } else {
    option(handle_, CURLOPT_REQUEST_TARGET, call_.path.c_str());
  }
  auto expects_content = call_.method == "POST" || call_.method == "PUT"
                         || call_.method == "PATCH";
  if (call_.method == "HEAD") {
    option(handle_, CURLOPT_NOBODY, 1L);
  } else if (expects_content || !call_.body.empty()) {
    option(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
           static_cast<curl_off_t>(call_.body.size()));
    option(handle_, CURLOPT_POSTFIELDS, call_.body.data());
    // What libcurl would add: a type that it is not, and a wait for a 100.
    add_header("Expect:");
    auto typed = false;
    for (const auto& [name, value] : call_.headers)
      typed = typed || lower(name) == "content-type";
    if (!typed)
      add_header("Content-Type:");
  }
  if (call_.method != "HEAD")
    option(handle_, CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  for (const auto& [name, value] : call_.headers)
    // A field without a value is written with a semicolon for libcurl.
    add_header(value.empty() ? name + ';' : name + ": " + value);
}

void transfer::add_header(const std::string& line) {
  headers_ = curl_slist_append(headers_, line.c_str());
}

size_t transfer::on_header(char* data, size_t, size_t size, void* self) {
  return static_cast<transfer*>(self)->take_header({data, size});
}

size_t transfer::on_body(char* data, size_t, size_t size, void* self) {
  return static_cast<transfer*>(self)->take_body({data, size});
}

// libcurl sends a request again on another connection whenever one that it had
// used before turns out to be closed, whatever the method.
int transfer::on_ready(void* self, char*, char*, int, int) {
  auto& x = *static_cast<transfer*>(self);
  // Digest: what was asked first has been answered, by a challenge.
  if (x.answering_ && x.session_->who.options.auth == http_auth::digest) {
    x.answering_ = false;
    x.sendings_ = 0;
  }
  auto again = x.sendings_++;
  if (x.on_step)
    x.on_step(step::response);
  return again == 0 || (again == 1 && x.call_.idempotent())
           ? CURL_PREREQFUNC_OK
           : CURL_PREREQFUNC_ABORT;
}

CURLcode transfer::on_ssl_context(CURL*, void* context, void* self) {
  auto& x = *static_cast<transfer*>(self);
  x.tls_begun_ = true;
  if (x.on_step)
    x.on_step(step::key_exchange);
  return x.session_->tls->install(static_cast<SSL_CTX*>(context),
                                  *x.session_->alerts)
           ? CURLE_OK
           : CURLE_SSL_CERTPROBLEM;
}

size_t transfer::take_header(std::string_view line) {
  if (header_.complete() && line.substr(0, 5) == "HTTP/"
      && session_->who.options.auth == http_auth::digest) {
    answering_ = false;
    header_.start_over();
  }
  own_error_ = errc::protocol_error;
  if (!header_.take(line)) {
    own_cause_ = "the header has more than "
                 + std::to_string(header_reader::limit) + " bytes";
    return line.size() + 1;
  }
  if (!header_.complete() || std::exchange(answering_, true)) {
    own_error_.reset();
    return line.size();
  }
  own_cause_ = header_.check_length();
  if (!own_cause_.empty())
    return line.size() + 1;
  own_error_.reset();
  if (call_.method != "HEAD")
    decoder_ = content_decoder::make(header_.field("content-encoding"));
  return line.size();
}

size_t transfer::take_body(std::string_view data) {
  auto keep = held();
  if (sink_ && !keep && sink_->full()) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (!decoder_)
    return take_content(data, keep) ? data.size() : data.size() + 1;
  auto done = decoder_->take(data, [this, keep](std::string_view decoded) {
    return take_content(decoded, keep);
  });
  if (done == content_decoder::outcome::good)
    return data.size();
  if (done == content_decoder::outcome::malformed) {
    own_error_ = errc::protocol_error;
    own_cause_ = "the content is not encoded as its header says";
  }
  return data.size() + 1;
}

bool transfer::take_content(std::string_view data, bool keep) {
  auto limit = limit_ == 0 && sink_ && keep ? max_held : limit_;
  received_ += data.size();
  if (limit > 0 && received_ > limit) {
    own_error_ = errc::output_limit;
    own_cause_ = "more than " + std::to_string(limit) + " bytes";
    return false;
  }
  if (sink_ && !keep)
    sink_->put({std::string{data}, {}});
  else
    reply_.output += data;
  return true;
}

std::string transfer::check_end() const {
  if (decoder_ && !decoder_->complete())
    return "the compressed content is cut off";
  return {};
}

std::string transfer::note() const {
  if (status() == 401)
    return describe_offer(offered_schemes(header_.field("www-authenticate")));
  auto location = header_.field("location");
  if (!redirected() || location.empty())
    return {};
  auto result = "it leads to " + printable(location, max_told);
  if (redirects_ > 0)
    result += ", after " + counted(redirects_, "redirect");
  return result;
}

long transfer::status() const {
  long result = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &result);
  return result;
}

bool transfer::wants_refresh() const {
  return kind_ == kind::request && !refreshed_ && session_->who.can_refresh()
         && !call_.has_authorization() && status() == 401;
}

bool transfer::redirected() const {
  switch (status()) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

// None: the answer stands as it is.
std::optional<std::string> transfer::next_path() const {
  const auto& who = session_->who;
  if (redirects_ >= who.options.redirects || !redirected())
    return std::nullopt;
  return redirect_target(who.origin, call_.path,
                         std::string{header_.field("location")});
}

// See RFC 9110, 15.4: who is told to see another place asks for it with GET;
// the older codes mean that for POST only.
void transfer::follow(std::string path) {
  ++redirects_;
  auto code = status();
  auto becomes_get = (code == 303 && call_.method != "HEAD")
                     || ((code == 301 || code == 302)
                         && call_.method == "POST");
  if (becomes_get) {
    call_.method = "GET";
    call_.body.clear();
  }
  call_.path = std::move(path);
}

bool transfer::held() const {
  return wants_refresh() || next_path().has_value();
}

void transfer::fail_as(CURLcode code) {
  if (own_error_) {
    fail(*own_error_, at_, own_cause_);
    return;
  }
  auto info = [this](CURLINFO name) {
    long result = 0;
    curl_easy_getinfo(handle_, name, &result);
    return result;
  };
  symptoms x;
  x.code = code;
  x.text = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  x.os_error = static_cast<int>(info(CURLINFO_OS_ERRNO));
  x.tls_begun = tls_begun_;
  x.ready = sendings_ > 0;
  if (session_->alerts->count != alerts_before_)
    x.alert = session_->alerts->last;
  x.chunked = !header_.field("transfer-encoding").empty();
  x.tunnel_status = info(CURLINFO_HTTP_CONNECTCODE);
  // Before 8.6 libcurl runs out of memory, as it calls it, over a line of its
  // limit.
  if (code == CURLE_OUT_OF_MEMORY && x.ready && !header_.complete()) {
    x.code = curle_too_large;
    x.text = "a line of the header is too long";
  }
  if (code == CURLE_ABORTED_BY_CALLBACK)
    x.text = "the connection was closed before the answer; the request is not "
             "sent again";
  auto found = diagnose(x, at_);
  if (found.code == errc::no_common_algorithm
      && !session_->who.options.tls_legacy)
    x.text += "; the option tls-legacy takes older ones";
  fail(found.code, found.at, x.text);
}

void transfer::deliver() {
  reply_.status = static_cast<int32_t>(status());
  long version = 0;
  curl_easy_getinfo(handle_, CURLINFO_HTTP_VERSION, &version);
  if (kind_ == kind::request)
    reply_.attributes.emplace("http_version", version_name(version));
  for (const auto& [name, value] : header_.fields())
    reply_.attributes.emplace("header." + name, value);
  // What they say is true of what was sent only.
  if (decoder_ && received_ > 0) {
    reply_.attributes["decoded"] = reply_.attributes["header.content-encoding"];
    reply_.attributes.erase("header.content-encoding");
    reply_.attributes.erase("header.content-length");
  }
  if (auto told = note(); !told.empty())
    reply_.attributes.emplace("note", std::move(told));
  reply_.elapsed = io::clock::now() - arrived;
  if (auto done = std::exchange(done_, nullptr))
    done(std::move(reply_));
}

} // namespace tieline::http
