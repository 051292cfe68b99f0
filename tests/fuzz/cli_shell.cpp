#include "fuzz.hpp"

#include "tieline/transports/cli/platform_library.hpp"
#include "tieline/transports/cli/shell_session.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

using namespace tieline;
using namespace tieline::cli;
using namespace std::chrono_literals;
using tieline::fuzz::require;

namespace {

using session = shell_session;

constexpr uint64_t output_limit = 2000;

/// A session whose device says whatever the input says.
class world {
public:
  world() {
    static const platform_library all{{}};
    std::string why;
    shell_profile profile;
    profile.platform = all.find("cisco_iosxe", why);
    profile.username = "me";
    profile.password = secret{"p"};
    profile.secrets["enable"] = secret{"e"};
    profile.random_text = [](size_t n) { return std::string(n, 'm'); };
    session_.emplace(std::move(profile));
    session_->start(now_);
  }

  void say(std::string_view bytes) {
    session_->receive(bytes, now_);
    look();
  }

  void submit(bool is_change) {
    shell_request what;
    what.lines = {"show version", "show clock"};
    what.output_limit = output_limit;
    if (is_change)
      what.change.emplace();
    session_->submit(++last_, std::move(what), now_ + 5s, now_);
    look();
  }

  void cancel() {
    session_->cancel(last_, errc::canceled, "so", now_);
    look();
  }

  void pass(std::chrono::milliseconds time) {
    auto until = now_ + time;
    // Each tick does something, or the time of the next is later.
    for (int i = 0; session_->deadline() <= until; ++i) {
      require(i < 10'000, "time goes on");
      now_ = std::max(now_, session_->deadline());
      session_->tick(now_);
      look();
    }
    now_ = until;
  }

  void finish() {
    session_->end(errc::connection_lost, "the end", now_);
    look();
    require(answered_.size() == last_, "each request has an answer");
  }

private:
  void answer(uint64_t id) {
    require(answered_.insert(id).second, "one answer for each");
  }

  void look() {
    session_->take_bytes();
    for (auto& x : session_->take_events())
      if (auto* done = std::get_if<session::done>(&x)) {
        answer(done->id);
        require(done->result.output.size() <= output_limit,
                "no more than the limit");
      } else if (auto* failed = std::get_if<session::failed>(&x)) {
        answer(failed->id);
      }
  }

  std::optional<session> session_;
  session::time_point now_ = session::time_point{} + 1h;
  uint64_t last_ = 0;
  std::set<uint64_t> answered_;
};

} // namespace

// Lines of the input: `>` and what the device says, with \n and \r spelled out;
// `.` lets time pass, `!` runs lines, `=` configures, `x` gives up.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  world here;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = std::string{text.substr(0, end)};
    text.remove_prefix(std::min(end + 1, text.size()));
    switch (line.empty() ? ' ' : line.front()) {
      case '.':
        here.pass(std::chrono::milliseconds{20} * line.size() * line.size());
        break;
      case '!':
      case '=':
        here.submit(line.front() == '=');
        break;
      case 'x':
        here.cancel();
        break;
      default:
        for (auto [spelled, meant] : {std::pair{"\\n", "\n"}, {"\\r", "\r"}})
          for (auto at = line.find(spelled); at != std::string::npos;
               at = line.find(spelled, at))
            line.replace(at, 2, meant);
        here.say(std::string_view{line}.substr(line.empty() ? 0 : 1));
    }
  }
  here.finish();
  return 0;
}
