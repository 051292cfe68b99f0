#include "tieline/messages/failure.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/cli/platform_reader.hpp"
#include "tieline/transports/cli/profile.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};

} // namespace

template struct configurable<cli_options>;

const option_table<cli_options>& cli_options::table() {
  static const option_table<cli_options> result{
    "tieline.cli",
    {
      {"platforms", &cli_options::platforms,
       "folders with files of platforms, before tieline's own; not an extra"},
      {"ready-timeout", &cli_options::ready_timeout, up_to_an_hour,
       "from the start of the shell until it is ready"},
      {"settle-time", &cli_options::settle_time, limits<caf::timespan>{0s, 10s},
       "how long a prompt has to stand still"},
      {"resync-timeout", &cli_options::resync_timeout, up_to_an_hour,
       "for getting back to a prompt when a request was given up"},
      {"idle-return-interval", &cli_options::idle_return_interval,
       limits<caf::timespan>{1s, 24h, true},
       "how often an idle session sends a return; 0s: never"},
      {"columns", &cli_options::columns, limits<uint64_t>{40, 10000},
       "of the terminal"},
      {"rows", &cli_options::rows, limits<uint64_t>{10, 10000},
       "of the terminal"},
      {"share-session", &cli_options::share_session,
       "use the session that ssh has open with the same params"},
    },
    nullptr,
    ssh_options::table().secrets()};
  return result;
}

std::vector<std::string> cli_outputs_of(const reply& from) {
  std::vector<std::string> result;
  auto sizes = from.attributes.find("output-sizes");
  if (sizes == from.attributes.end())
    return result;
  const auto& text = sizes->second;
  size_t at = 0;
  for (size_t i = 0; i < text.size();) {
    size_t size = 0;
    auto end = std::min(text.find(',', i), text.size());
    std::from_chars(text.data() + i, text.data() + end, size);
    at = std::min(at, from.output.size());
    result.push_back(from.output.substr(at, size));
    at += size;
    i = end + 1;
  }
  return result;
}

namespace cli {

namespace {

caf::error invalid(const connection_key& key, std::string why) {
  return make_error(errc::invalid_params, {key, step::open, std::move(why)});
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  for (size_t i = 0; i < text.size();) {
    auto end = std::min(text.find('\n', i), text.size());
    auto line = text.substr(i, end - i);
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (line.find_first_not_of(' ') != std::string::npos)
      result.push_back(std::move(line));
    i = end + 1;
  }
  return result;
}

/// Returns what is wrong with the answers; empty if nothing is.
std::string read_answers(const std::string& from, const shell_profile& where,
                         std::vector<answer>& into) {
  for (const auto& line : lines_of(from)) {
    auto equals = line.rfind('=');
    if (equals == std::string::npos)
      return quoted(line) + " has no =";
    std::string why;
    auto question = pattern::compile(line.substr(0, equals), why);
    if (!question)
      return quoted(line.substr(0, equals)) + ' ' + why;
    auto text = line.substr(equals + 1);
    auto is_secret = text.compare(0, lookup_prefix.size(), lookup_prefix) == 0;
    if (is_secret)
      text.erase(0, lookup_prefix.size());
    if (is_secret && where.secrets.count(text) == 0
        && where.secrets.count("__default__") == 0)
      return "there is no secret " + quoted(text);
    if (has_control(text))
      return "an answer has a control character";
    into.push_back({*std::move(question), std::move(text), is_secret});
  }
  return {};
}

std::string read_flag(const std::string& from, bool& into) {
  if (from != "true" && from != "false")
    return quoted(from) + " is neither true nor false";
  into = from == "true";
  return {};
}

} // namespace

caf::expected<profile>
make_profile(const connection_key& key, connection_params params,
             const cli_options& defaults, const platform_library& platforms) {
  profile result;
  result.options = defaults;
  result.ssh = std::move(params);
  auto& extras = result.ssh.extras;
  if (extras.count("platforms") > 0)
    return invalid_extra(key, {"platforms", "is a setting of the plugin only"});
  const auto& table = cli_options::table();
  if (auto error = table.take_extras(key, result.options, extras))
    return error;
  const auto& of_ssh = ssh_options::table();
  for (const auto& [name, value] : extras)
    if (!of_ssh.has(name) && !is_credential_extra(name))
      return invalid_extra(key, {name, unknown_extra(name, {&table, &of_ssh})});
  auto& shell = result.shell;
  std::string why;
  shell.platform = platforms.find(result.ssh.platform, why);
  if (!shell.platform)
    return invalid(key, "platform: " + why);
  auto& secrets = result.ssh.secrets;
  for (auto i = secrets.begin(); i != secrets.end();) {
    if (of_ssh.has_secret(i->first)) {
      ++i;
      continue;
    }
    if (i->second.withheld())
      return make_error(errc::secret_withheld,
                        {key, step::open, "secrets." + i->first});
    auto text = i->second.reveal();
    if (std::any_of(text.begin(), text.end(), is_control))
      return invalid(key, "secrets." + i->first + ": has a control character");
    shell.secrets.insert(*i);
    i = secrets.erase(i);
  }
  shell.username = result.ssh.username;
  shell.password = result.ssh.password;
  shell.ready_timeout = result.options.ready_timeout;
  shell.settle_time = result.options.settle_time;
  shell.resync_timeout = result.options.resync_timeout;
  shell.idle_return_interval = result.options.idle_return_interval;
  return result;
}

caf::expected<shell_request> make_shell_request(const connection_key& key,
                                                const request& from,
                                                const shell_profile& where) {
  auto fail = [&key](std::string why) {
    return make_error(errc::invalid_request,
                      {key, step::execute, std::move(why)});
  };
  shell_request result;
  result.lines = lines_of(from.body);
  result.output_limit = from.output_limit;
  result.streams = from.sink.has_value();
  if (result.lines.empty())
    return fail("body: is empty");
  for (const auto& x : result.lines)
    if (has_control(x))
      // A tab would be taken for a wish to have the word completed.
      return fail("body: " + quoted(x) + " has a control character");
  for (const auto& [name, value] : from.attributes) {
    std::string why;
    if (name == "mode") {
      if (where.platform->find(value) == nullptr) {
        why = "platform " + where.platform->name + " has no mode "
              + quoted(value) + "; there are ";
        for (const auto& x : where.platform->modes)
          why += (&x == &where.platform->modes.front() ? "" : ", ") + x.name;
      }
      result.mode = value;
    } else if (name == "answers") {
      why = read_answers(value, where, result.answers);
    } else if (name == "stop-on-failure") {
      why = read_flag(value, result.stop_on_failure);
    } else if (name == "raw") {
      why = read_flag(value, result.raw);
    } else if (name == "expect") {
      result.expect = pattern::compile(value, why);
    } else {
      why = "unknown; there are answers, expect, mode, raw, stop-on-failure";
    }
    if (!why.empty())
      return fail("attributes." + name + ": " + why);
  }
  return result;
}

reply make_reply(shell_result from) {
  reply result;
  result.output = std::move(from.output);
  result.attributes["mode"] = std::move(from.mode);
  result.attributes["prompt"] = std::move(from.prompt);
  auto& sizes = result.attributes["output-sizes"];
  for (auto x : from.sizes)
    sizes += (sizes.empty() ? "" : ",") + std::to_string(x);
  if (!from.indicator.empty()) {
    result.status = 1;
    result.attributes["failed-command"] = std::move(from.failed_command);
    result.attributes["failed-indicator"] = std::move(from.indicator);
    result.attributes["failed-line"] = std::move(from.complaint);
  }
  return result;
}

} // namespace cli

} // namespace tieline
