#include "cli/shell_world.hpp"

#include <tieline/messages/support/file.hpp>
#include <tieline/transports/cli/platform_reader.hpp>

#include <algorithm>
#include <stdexcept>

namespace tieline::test {

namespace {

constexpr size_t most_in_flight = 4096;

/// Knows `lines ID N`, too: N lines that tell whose they are, with lines that
/// look like the prompt among them.
lab::shell::answer run_command(const std::string& line) {
  lab::shell::answer result;
  if (line == "show version") {
    result.output = "Lab OS 7.1\nuptime is 1 day\n";
  } else if (line == "show running-config" || line == "/export") {
    result.output = "! Lab OS Version 7.1\n";
  } else if (line == "show tech") {
    result.fill = 50'000'000;
  } else if (line.compare(0, 6, "sleep ") == 0) {
    result.delay = std::chrono::milliseconds{std::stoi(line.substr(6))};
    result.output = "slept\n";
  } else if (line.compare(0, 6, "lines ") == 0) {
    auto space = line.find(' ', 6);
    auto id = line.substr(6, space - 6);
    auto n = std::stoi(line.substr(space));
    for (int i = 0; i < n; ++i) {
      result.output += "of " + id + ' ' + std::to_string(i) + '\n';
      if (i % 7 == 3)
        result.output += "r1#\n";
    }
    result.delay = std::chrono::milliseconds{n * 10};
  } else {
    result.is_known = false;
  }
  return result;
}

} // namespace

std::shared_ptr<const cli::platform> shipped(const std::string& name) {
  std::string text;
  auto path = std::string{PLATFORMS_FOLDER} + '/' + name + ".yaml";
  if (auto why = read_file(path, 1 << 20, text); !why.empty())
    throw std::runtime_error(why);
  std::string why;
  auto result = cli::read_platform(name, text, path, why);
  if (!result)
    throw std::runtime_error(why);
  return std::make_shared<const cli::platform>(*std::move(result));
}

shell_world::shell_world(options how) : config_{"r1"} {
  for (auto [what, amount] : how.faults)
    faults_.set(what, amount);
  if (how.seed)
    random_.emplace(*how.seed);
  const auto* personality = lab::shell::find_personality(how.platform);
  if (personality == nullptr)
    throw std::runtime_error("the lab does not have " + how.platform);
  device_ = std::make_unique<lab::shell::dialog>(
    *personality,
    lab::shell::setting{"lab", "lab", how.enable_secret, run_command}, config_,
    faults_, now_);
  auto kind = *shipped(how.platform);
  if (how.change)
    how.change(kind);
  cli::shell_profile profile;
  profile.platform = std::make_shared<const cli::platform>(std::move(kind));
  profile.username = "lab";
  profile.password = secret{"lab"};
  profile.secrets = std::move(how.secrets);
  profile.idle_return_interval = how.idle_return_interval;
  profile.random_text = [n = 0](size_t size) mutable {
    auto result = std::to_string(++n);
    return std::string(size - result.size(), 'm') + result;
  };
  session_ = std::make_unique<cli::shell_session>(std::move(profile));
  session_->start(now_);
}

void shell_world::pump() {
  auto bytes = session_->take_bytes();
  if (!bytes.empty()) {
    sent_ += bytes;
    device_->work(now_);
    device_->take(bytes);
  }
  for (auto& x : session_->take_events())
    events_.push_back(std::move(x));
}

/// Does the next thing that happens, if that is not later than `until`.
bool shell_world::step(clock::time_point until) {
  constexpr auto never = clock::time_point::max();
  pump();
  auto& out = device_->output();
  if (out.empty() && device_->over() && !ended_ && in_flight_.empty()) {
    ended_ = true;
    session_->end(errc::connection_lost, "the device has ended the shell",
                  now_);
    pump();
    return true;
  }
  auto device_at = out.ready(now_).empty() ? out.wake_at(now_) : now_;
  auto delivery = in_flight_.empty() ? never : std::max(next_delivery_, now_);
  auto next = std::min({device_at, delivery, session_->deadline()});
  if (next > until || next == never) {
    now_ = std::max(now_, until);
    return false;
  }
  now_ = std::max(now_, next);
  auto ready = std::string{out.ready(now_).substr(0, most_in_flight)};
  if (!ready.empty() && in_flight_.size() < most_in_flight) {
    out.consume(ready.size(), now_);
    in_flight_ += ready;
  }
  if (!in_flight_.empty() && (!random_ || next_delivery_ <= now_)) {
    auto size = std::min<size_t>(in_flight_.size(), random_ ? 40 : 4096);
    if (random_) {
      size = 1 + (*random_)() % size;
      // Now and then a pause that is longer than a prompt has to stand still.
      auto dice = (*random_)() % 200;
      next_delivery_ = now_
                       + std::chrono::milliseconds{dice == 0   ? 300
                                                   : dice < 10 ? 30
                                                               : 1};
    }
    auto piece = in_flight_.substr(0, size);
    in_flight_.erase(0, size);
    session_->receive(piece, now_);
  }
  session_->tick(now_);
  pump();
  return true;
}

bool shell_world::wait(std::chrono::milliseconds most) {
  auto until = now_ + most;
  while (events_.empty())
    if (!step(until))
      return !events_.empty();
  return true;
}

void shell_world::pass(std::chrono::milliseconds time) {
  auto until = now_ + time;
  while (step(until)) {
  }
}

std::string shell_world::open() {
  while (wait())
    for (auto& x : take_events()) {
      if (std::holds_alternative<cli::shell_session::opened>(x))
        return {};
      if (auto* why = std::get_if<cli::shell_session::lost>(&x))
        return to_string(why->code) + ": " + why->cause;
    }
  return "nothing has happened";
}

uint64_t shell_world::submit(cli::shell_request what,
                             std::chrono::milliseconds timeout) {
  auto id = next_id_++;
  session_->submit(id, std::move(what), now_ + timeout, now_);
  pump();
  return id;
}

shell_world::outcome shell_world::run(cli::shell_request what,
                                      std::chrono::milliseconds timeout) {
  auto id = submit(std::move(what), timeout);
  std::optional<outcome> result;
  while (!result && wait()) {
    auto events = take_events();
    for (auto& x : events) {
      if (auto* done = std::get_if<cli::shell_session::done>(&x);
          done != nullptr && done->id == id)
        result = outcome{std::move(done->result), {}};
      else if (auto* failed = std::get_if<cli::shell_session::failed>(&x);
               failed != nullptr && failed->id == id)
        result = outcome{{}, to_string(failed->code) + ": " + failed->cause};
      else if (result)
        events_.push_back(std::move(x));
    }
  }
  return result ? *std::move(result) : outcome{{}, "nothing has happened"};
}

} // namespace tieline::test
