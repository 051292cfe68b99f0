#include "fleet/printer.hpp"

#include "fleet/json.hpp"
#include "fleet/progress.hpp"
#include "fleet/recap.hpp"
#include "fleet/status_table.hpp"
#include "fleet/text.hpp"
#include "fleet/usage.hpp"

#include <tieline/messages/support/printable.hpp>

#include <caf/disposable.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

namespace fleet {

namespace {

class printer_state {
public:
  static inline const char* name = "fleet.printer";

  printer_state(printer_actor::pointer self, size_t hosts, output_format format,
                bool verbose, int output, int progress_output)
    : self_(self),
      format_(format),
      verbose_(verbose),
      output_(output),
      progress_(progress_output),
      begin_(std::chrono::steady_clock::now()) {
    recap_.tally.hosts = hosts;
  }

  ~printer_state() {
    tick_.dispose();
  }

  printer_actor::behavior_type make_behavior() {
    tick();
    return {
      [this](started_atom) { started(); },
      [this](tieline::status_atom,
             std::vector<tieline::connection_status>& all) {
        show_status(std::move(all));
      },
      [this](host_result& x) { through(std::move(x)); },
      [this](finish_atom, bool interrupted) { return finish(interrupted); },
    };
  }

private:
  caf::timespan elapsed() const {
    return std::chrono::steady_clock::now() - begin_;
  }

  void tick() {
    show_progress();
    if (progress_.ticks())
      tick_ = self_->run_delayed(std::chrono::seconds{1}, [this] { tick(); });
  }

  void show_progress() {
    recap_.threads = std::max(recap_.threads, thread_count());
    progress_.show(recap_.tally, running_, elapsed());
  }

  void started() {
    recap_.hosts_at_once = std::max(recap_.hosts_at_once, ++running_);
    show_progress();
  }

  void show_status(std::vector<tieline::connection_status> all) {
    std::vector<status_row> rows;
    for (auto& x : all)
      rows.push_back(row_of(std::move(x)));
    progress_.say(progress_line(recap_.tally, running_, elapsed()) + '\n'
                  + status_table(std::move(rows)));
    show_progress();
  }

  void through(host_result x) {
    --running_;
    recap_.tally.add(x);
    if (x.status)
      statuses_.push_back(std::move(*x.status));
    if (format_ == output_format::gathered)
      kept_.push_back(std::move(x));
    else
      print(format_ == output_format::json    ? to_json(x)
            : format_ == output_format::lines ? to_line(x)
                                              : to_block(x));
    show_progress();
  }

  int32_t finish(bool interrupted) {
    recap_.interrupted = interrupted;
    recap_.elapsed = elapsed();
    recap_.cpu = cpu_time();
    progress_.hide();
    print(gather(kept_));
    if (!statuses_.empty())
      progress_.say(status_table(std::move(statuses_)));
    print(format_ == output_format::json ? to_json(recap_)
                                         : to_text(recap_, verbose_));
    if (lost_)
      return static_cast<int32_t>(exit_status::internal);
    self_->quit();
    return static_cast<int32_t>(exit_status_of(recap_.tally, interrupted));
  }

  void print(const std::string& text) {
    progress_.hide();
    write_all(tieline::printable_lines(text));
  }

  void write_all(std::string_view text) {
    while (!text.empty() && !lost_) {
      auto n = ::write(output_, text.data(), text.size());
      if (n >= 0) {
        text.remove_prefix(static_cast<size_t>(n));
      } else if (errno != EINTR) {
        lose_output(errno);
        return;
      }
    }
  }

  void lose_output(int reason) {
    lost_ = true;
    progress_.say("fleet: cannot write the results: "
                  + std::system_category().message(reason) + '\n');
    // The runner watches us and stops.
    self_->quit(caf::make_error(caf::sec::runtime_error));
  }

  printer_actor::pointer self_;
  output_format format_;
  bool verbose_;
  int output_;
  progress progress_;
  std::chrono::steady_clock::time_point begin_;
  fleet::recap recap_;
  size_t running_ = 0;
  /// Results that can be shown only when all are there.
  std::vector<host_result> kept_;
  /// How their connections were, where that is to be shown in the end.
  std::vector<status_row> statuses_;
  bool lost_ = false;
  caf::disposable tick_;
};

} // namespace

printer_actor spawn_printer(caf::actor_system& sys, size_t hosts,
                            output_format format, bool verbose, int output,
                            int progress_output) {
  using impl = printer_actor::stateful_impl<printer_state>;
  return sys.spawn<impl, caf::detached>(hosts, format, verbose, output,
                                        progress_output);
}

} // namespace fleet
