#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/messages/secret.hpp"
#include "tieline/transports/cli/line_terminal.hpp"
#include "tieline/transports/cli/output_collector.hpp"
#include "tieline/transports/cli/platform.hpp"
#include "tieline/transports/cli/request_plan.hpp"
#include "tieline/transports/cli/shell_request.hpp"

#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tieline::cli {

/// What a session in a shell is told about its host.
struct shell_profile {
  std::shared_ptr<const cli::platform> platform;
  /// For a login in the shell.
  std::string username;
  secret password;
  /// For questions that ask for a secret by name.
  std::map<std::string, secret> secrets = {};
  /// From the start of the shell until it is ready.
  caf::timespan ready_timeout = std::chrono::seconds{30};
  /// How long a known prompt has to stand still.
  caf::timespan settle_time = std::chrono::milliseconds{10};
  /// For getting a shell back to a prompt.
  caf::timespan resync_timeout = std::chrono::seconds{5};
  /// Between two returns of an idle session; zero: none are sent.
  caf::timespan idle_return_interval{0};
  /// Makes what nobody else can have written. Takes how many bytes.
  std::function<std::string(size_t)> random_text = {};
};

/// One shell, from its start to its end, as a state machine without actors and
/// without a clock: bytes of the device, requests and times go in; bytes for
/// the device, events and a deadline come out.
///
/// It hands out a request's output only if it can tell where that begins and
/// ends. It begins behind the echo of the input, which is looked for behind a
/// prompt, and ends before a prompt that stands still. After anything else (a
/// timeout, a request that was given up, an unknown question) it interrupts the
/// device and types a comment that nobody else can have typed, until that is
/// answered by nothing but a prompt. If this cannot be had in time, the session
/// is over.
class shell_session {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  static constexpr auto never = time_point::max();

  /// It is ready for requests.
  struct opened {};

  /// A request is through.
  struct done {
    uint64_t id;
    shell_result result;
  };

  /// A request or probe came to nothing.
  struct failed {
    uint64_t id;
    errc code;
    std::string cause;
    std::map<std::string, std::string> details;
  };

  /// Output of a request that streams.
  struct output {
    uint64_t id;
    std::string text;
  };

  /// A probe has found a prompt.
  struct probed {
    uint64_t id;
  };

  /// The session is of no use any more. All requests have been answered.
  struct lost {
    errc code;
    step at;
    std::string cause;
  };

  /// The device has been told to end the shell.
  struct parted {};

  using event
    = std::variant<opened, done, failed, output, probed, lost, parted>;

  explicit shell_session(shell_profile profile);

  /// The shell was started: waits for the first prompt.
  void start(time_point now);

  /// Takes what the device has sent.
  void receive(std::string_view bytes, time_point now);

  /// Runs a request when those before it are through. `deadline` is that of its
  /// answer.
  void submit(uint64_t id, shell_request what, time_point deadline,
              time_point now);

  /// Looks for a prompt.
  void probe(uint64_t id, time_point now);

  /// Answers a request that nobody waits for any more.
  void cancel(uint64_t id, errc code, const std::string& cause, time_point now);

  /// Ends the shell: what runs and waits is answered `errc::closed`.
  void close(time_point now);

  /// The device has ended the shell, or the way to it is gone.
  void end(errc code, const std::string& cause, time_point now);

  /// Does what is due.
  void tick(time_point now);

  /// Returns when something is due.
  time_point deadline() const;

  /// Returns whether a request runs or waits, or it is not ready for one.
  bool busy() const noexcept;

  /// Returns the bytes to send to the device, and forgets them.
  std::string take_bytes();

  /// Returns what has happened, and forgets it.
  std::vector<event> take_events();

private:
  /// Some devices wait for a sign of life.
  static constexpr auto greet_after = std::chrono::seconds{5};

  /// For a probe, and for the way back to the default mode.
  static constexpr auto probe_time = std::chrono::seconds{10};

  enum class phase {
    fresh,
    /// Waits for the first prompt.
    arriving,
    /// Runs a task, or waits for one.
    working,
    /// Interrupts, and looks for a prompt that is certain.
    resyncing,
    /// The device was told to end the shell.
    parting,
    over,
  };

  struct task {
    enum class kind { open, request, probe, close };

    kind what = kind::probe;
    uint64_t id = 0;
    shell_request request = {};
    shell_result result = {};
    uint64_t received = 0;
    time_point due = time_point::max();
    std::deque<action> actions = {};
    /// A line ended with what the request expects, which was no prompt.
    bool ended_without_prompt = false;
    /// The whole configuration, before a change.
    std::optional<std::string> snapshot = {};
    /// A line failed, or the commit.
    bool is_aborting = false;
  };

  /// One input and what comes back.
  struct exchange {
    action what;
    output_collector output;
    /// The return was sent.
    bool is_sent = false;
    /// Something came since.
    bool has_bytes = false;
    /// What came since the input was typed.
    std::string typed = {};
    /// The rest of the line of the echo is to come.
    bool in_echo_line = false;
    /// Nothing has come behind the echo.
    bool is_first_line = true;
    /// How often each question was answered.
    std::map<const void*, int> answered = {};
    /// The line that was answered; another has to begin before the next.
    std::optional<std::string> answered_line = std::nullopt;
    uint64_t lines_when_answered = 0;
    /// A return was sent since the prompt was lost in lines of the log.
    bool was_nudged = false;
    uint64_t size_when_nudged = 0;
    /// What is behind this is log, not output.
    std::optional<uint64_t> end_of_output = std::nullopt;
  };

  enum class resync_step { interrupted, marked, answered };

  // -- tasks ------------------------------------------------------------------

  void begin(task what, time_point now);

  void next_task(time_point now);

  void advance(time_point now);

  void enter(const std::string& mode_name, time_point now);

  void take_result(exchange ended);

  void note_change(action::stage after, bool failed);

  void finish_task(time_point now);

  void fail_task(errc code, std::string cause, time_point now,
                 std::map<std::string, std::string> details = {});

  void taint(time_point now);

  // -- exchanges --------------------------------------------------------------

  void type(action what, time_point now);

  void send_return(time_point now);

  void look_for_echo(time_point now);

  void take_output(std::string text, time_point now);

  void look_at_end(time_point now);

  bool look_for_question(time_point now);

  bool answer_standing(std::string_view text, pattern::start at,
                       time_point now);

  void answer_question(const void* which, const std::string& text,
                       bool is_secret, time_point now);

  bool look_for_prompt(time_point now);

  void nudge(time_point now);

  void end_exchange(const std::string& prompt, const std::string& mode_name,
                    time_point now);

  // -- the rest ---------------------------------------------------------------

  void arrive(time_point now);

  void log_in(time_point now);

  bool look_for_login(std::string_view text, pattern::start at, time_point now);

  void resync(time_point now);

  void interrupt(time_point now);

  void look_for_mark(time_point now);

  void lose(errc code, step at, std::string cause);

  void answer_all(errc code, const std::string& cause);

  /// Returns whether nothing has come for so long; looks again when that may
  /// be so.
  bool still_for(clock::duration time, time_point now);

  clock::duration settle_time() const;

  std::optional<std::string_view> secret_named(const std::string& name) const;

  std::string last_words() const;

  bool is_question_new() const;

  void send(std::string_view bytes);

  shell_profile profile_;
  const cli::platform& platform_;
  phase phase_ = phase::fresh;
  line_terminal terminal_;
  /// The last prompt, the last of its lines, and its mode.
  std::string prompt_;
  std::string prompt_line_;
  std::string mode_;
  /// Whether the device echoes what is typed, if known.
  std::optional<bool> echoes_;
  std::optional<task> task_;
  std::optional<exchange> exchange_;
  std::deque<task> queue_;
  std::string bytes_;
  std::vector<event> events_;
  time_point last_received_ = time_point::min();
  /// The longest silence within the output of a command.
  clock::duration longest_gap_{0};
  /// When to look at what has come.
  time_point look_at_ = time_point::max();
  time_point due_ = time_point::max();
  time_point idle_since_ = time_point::max();
  // While it arrives:
  bool gave_username_ = false;
  bool gave_password_ = false;
  std::string greeting_;
  bool was_nudged_ = false;
  // While it resyncs:
  resync_step resync_step_ = resync_step::interrupted;
  std::string mark_;
  std::string heard_;
  time_point step_due_ = time_point::max();
  /// A change of the configuration was given up, and not yet undone.
  bool has_abandoned_change_ = false;
};

} // namespace tieline::cli
