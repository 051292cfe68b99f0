#include "tieline/transports/cli/platform_reader.hpp"

#include "tieline/messages/support/text.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace tieline::cli {

namespace {

struct problem {
  YAML::Mark where;
  std::string why;
};

std::string located(const std::string& file, const YAML::Mark& where,
                    const std::string& what) {
  auto line = where.line < 0 ? "" : ':' + std::to_string(where.line + 1);
  return file + line + ": " + what;
}

template <class T, class Predicate>
void drop_if(std::vector<T>& from, Predicate is_bad) {
  from.erase(std::remove_if(from.begin(), from.end(), is_bad), from.end());
}

[[noreturn]] void fail(const YAML::Node& where, std::string why) {
  throw problem{where.Mark(), std::move(why)};
}

using handlers = std::map<std::string, std::function<void(const YAML::Node&)>>;

/// Hands each field of a map to its handler.
void read_map(const YAML::Node& from, const std::string& what,
              const handlers& fields) {
  if (!from.IsMap())
    fail(from, what + " has to be a map");
  std::set<std::string> seen;
  for (const auto& entry : from) {
    const auto& key = entry.first;
    if (!key.IsScalar())
      fail(key, what + " has a key that is no text");
    const auto& name = key.Scalar();
    auto pos = fields.find(name);
    if (pos == fields.end()) {
      std::string known;
      for (const auto& [field, handler] : fields)
        known += (known.empty() ? "" : ", ") + field;
      fail(key,
           what + " has no field " + in_quotes(name) + "; there are " + known);
    }
    if (!seen.insert(name).second)
      fail(key, in_quotes(name) + " is there twice");
    pos->second(entry.second);
  }
}

std::string read_text(const YAML::Node& from) {
  if (!from.IsScalar())
    fail(from, "has to be a text");
  return from.Scalar();
}

bool read_flag(const YAML::Node& from) {
  bool result = false;
  if (!from.IsScalar() || !YAML::convert<bool>::decode(from, result))
    fail(from, "has to be true or false");
  return result;
}

template <class Item>
auto read_list(const YAML::Node& from, Item item) {
  std::vector<decltype(item(from))> result;
  // A field with nothing behind it.
  if (from.IsNull())
    return result;
  if (!from.IsSequence())
    fail(from, "has to be a list");
  for (const auto& x : from)
    result.push_back(item(x));
  return result;
}

std::vector<std::string> read_texts(const YAML::Node& from) {
  return read_list(from, [](const YAML::Node& x) {
    auto result = read_text(x);
    if (result.empty())
      fail(x, "is empty");
    return result;
  });
}

pattern read_pattern(const YAML::Node& from) {
  std::string why;
  auto result = pattern::compile(read_text(from), why);
  if (!result)
    fail(from, why);
  return *std::move(result);
}

/// Some files of the field have a regular expression where a literal text is
/// meant to be. No prompt has these in it.
pattern read_literal(const YAML::Node& from) {
  auto text = read_text(from);
  if (text.empty())
    fail(from, "is empty");
  if (text.front() == '^' || text.find("\\s") != std::string::npos)
    return read_pattern(from);
  return pattern::literal(text);
}

/// What looks like something: a pattern or a literal text.
class look_reader {
public:
  void add_to(handlers& fields) {
    fields["prompt_pattern"] = [this](const auto& x) { take(x, read_pattern); };
    fields["prompt_exact"] = [this](const auto& x) { take(x, read_literal); };
  }

  pattern result(const YAML::Node& where, const std::string& what) {
    if (!found_)
      fail(where, what + " has neither prompt_pattern nor prompt_exact");
    return *std::move(found_);
  }

private:
  void take(const YAML::Node& from, pattern (*read)(const YAML::Node&)) {
    if (found_)
      fail(from, "there are both prompt_pattern and prompt_exact");
    found_ = read(from);
  }

  std::optional<pattern> found_;
};

void set_response(instruction& x, std::string text) {
  x.is_secret = text.compare(0, lookup_prefix.size(), lookup_prefix) == 0;
  x.response = x.is_secret ? text.substr(lookup_prefix.size())
                           : std::move(text);
}

class reader {
public:
  reader(std::string name, const std::string& file) : file_(file) {
    result_.name = std::move(name);
  }

  platform read(const YAML::Node& root) {
    std::optional<pattern> any;
    std::vector<std::string> excludes;
    handlers fields;
    fields["prompt_pattern"] = [&](const auto& x) { any = read_pattern(x); };
    fields["prompt_excludes"] = [&](const auto& x) {
      excludes = read_texts(x);
    };
    fields["default_mode"] = [&](const auto& x) {
      result_.default_mode = named_mode(x);
    };
    fields["modes"] = [&](const auto& x) {
      result_.modes = read_list(x,
                                [this](const auto& y) { return mode_of(y); });
    };
    fields["failure_indicators"] = [&](const auto& x) {
      result_.failure_indicators = read_texts(x);
    };
    fields["on_open_instructions"] = [&](const auto& x) {
      result_.on_open = instructions_of(x, true);
    };
    fields["on_close_instructions"] = [&](const auto& x) {
      result_.on_close = instructions_of(x, true);
    };
    fields["force_in_session_auth"] = [&](const auto& x) {
      result_.force_in_session_auth = read_flag(x);
    };
    fields["bypass_in_session_auth"] = [&](const auto& x) {
      result_.bypass_in_session_auth = read_flag(x);
    };
    fields["ntc_templates_platform"] = text_to(result_.ntc_templates_platform);
    fields["genie_platform"] = text_to(result_.genie_platform);
    fields["tieline"] = [&](const auto& x) { read_own(x); };
    read_map(root, "a platform", fields);
    if (!any)
      fail(root, "a platform has to have a prompt_pattern");
    result_.any_prompt = {*std::move(any), std::move(excludes)};
    if (result_.default_mode.empty())
      fail(root, "a platform has to have a default_mode");
    if (result_.modes.empty())
      fail(root, "a platform has to have modes");
    drop_unknown_modes();
    return std::move(result_);
  }

private:
  static std::function<void(const YAML::Node&)> text_to(std::string& to) {
    return [&to](const YAML::Node& x) { to = read_text(x); };
  }

  /// Notes a name of a mode, for a check when all are known.
  std::string named_mode(const YAML::Node& from) {
    auto result = read_text(from);
    named_.emplace_back(from.Mark(), result);
    return result;
  }

  void drop_unknown_modes() {
    std::string known;
    for (const auto& x : result_.modes)
      known += (known.empty() ? "" : ", ") + x.name;
    for (const auto& [where, name] : named_)
      if (result_.find(name) == nullptr)
        result_.remarks.push_back(located(file_, where,
                                          "there is no mode " + in_quotes(name)
                                            + "; there are " + known));
    auto unknown = [this](const std::string& name) {
      return result_.find(name) == nullptr;
    };
    if (unknown(result_.default_mode))
      result_.default_mode.clear();
    for (auto& x : result_.modes)
      drop_if(x.ways, [&](const way& y) { return unknown(y.to); });
    if (result_.configuration && unknown(result_.configuration->mode))
      result_.configuration.reset();
    for (auto* x : {&result_.on_open, &result_.on_close})
      drop_if(*x, [&](const instruction& y) {
        return y.what == instruction::kind::enter_mode && unknown(y.input);
      });
  }

  mode mode_of(const YAML::Node& from) {
    std::string name;
    std::vector<std::string> excludes;
    std::vector<way> ways;
    look_reader look;
    handlers fields;
    fields["name"] = text_to(name);
    fields["prompt_excludes"] = [&](const auto& x) {
      excludes = read_texts(x);
    };
    fields["accessible_modes"] = [&](const auto& x) {
      ways = read_list(x, [this](const auto& y) { return way_of(y); });
    };
    look.add_to(fields);
    read_map(from, "a mode", fields);
    if (name.empty())
      fail(from, "a mode has to have a name");
    if (!names_.insert(name).second)
      fail(from, "there are two modes " + in_quotes(name));
    return {std::move(name),
            {look.result(from, "a mode"), std::move(excludes)},
            std::move(ways)};
  }

  way way_of(const YAML::Node& from) {
    way result;
    handlers fields;
    fields["name"] = [&](const auto& x) { result.to = named_mode(x); };
    fields["instructions"] = [&](const auto& x) {
      result.instructions = instructions_of(x, false);
    };
    read_map(from, "an accessible mode", fields);
    if (result.to.empty())
      fail(from, "an accessible mode has to have a name");
    if (result.instructions.empty())
      fail(from, "an accessible mode has to have instructions");
    return result;
  }

  /// @param any those of opening and closing, too
  std::vector<instruction> instructions_of(const YAML::Node& from, bool any) {
    return read_list(from, [this, any](const YAML::Node& x) {
      std::optional<instruction> result;
      handlers fields;
      fields["send_input"] = [&](const auto& y) {
        result = input_of(y, instruction::kind::send_input, result);
      };
      fields["send_prompted_input"] = [&](const auto& y) {
        result = prompted_of(y, result);
      };
      if (any) {
        fields["write"] = [&](const auto& y) {
          result = input_of(y, instruction::kind::write, result);
        };
        fields["enter_mode"] = [&](const auto& y) {
          result = enter_of(y, result);
        };
      }
      read_map(x, "an instruction", fields);
      if (!result)
        fail(x, "an instruction says what to do");
      return *std::move(result);
    });
  }

  static void only_one(const YAML::Node& at,
                       const std::optional<instruction>& before) {
    if (before)
      fail(at, "an instruction is one thing to do");
  }

  static std::string line_of(const YAML::Node& from) {
    auto result = read_text(from);
    if (result.find('\0') != std::string::npos)
      fail(from, "has a NUL byte");
    return result;
  }

  static instruction input_of(const YAML::Node& from, instruction::kind what,
                              const std::optional<instruction>& before) {
    only_one(from, before);
    std::optional<std::string> input;
    handlers fields;
    fields["input"] = [&](const auto& x) { input = line_of(x); };
    read_map(from, "what is sent", fields);
    if (!input)
      fail(from, "there is no input");
    return {what, *std::move(input)};
  }

  instruction enter_of(const YAML::Node& from,
                       const std::optional<instruction>& before) {
    only_one(from, before);
    instruction result{instruction::kind::enter_mode, {}};
    handlers fields;
    fields["requested_mode"] = [&](const auto& x) {
      result.input = named_mode(x);
    };
    read_map(from, "enter_mode", fields);
    if (result.input.empty())
      fail(from, "there is no requested_mode");
    return result;
  }

  static instruction prompted_of(const YAML::Node& from,
                                 const std::optional<instruction>& before) {
    only_one(from, before);
    instruction result{instruction::kind::send_prompted_input, {}};
    auto has_input = false;
    auto has_response = false;
    look_reader look;
    handlers fields;
    fields["input"] = [&](const auto& x) {
      result.input = line_of(x);
      has_input = true;
    };
    fields["response"] = [&](const auto& x) {
      set_response(result, line_of(x));
      has_response = true;
    };
    look.add_to(fields);
    read_map(from, "send_prompted_input", fields);
    if (!has_input || !has_response)
      fail(from, "send_prompted_input has to have input and response");
    result.question = look.result(from, "send_prompted_input");
    return result;
  }

  // -- of tieline -------------------------------------------------------------

  void read_own(const YAML::Node& from) {
    handlers fields;
    fields["aliases"] = [&](const auto& x) { result_.aliases = read_texts(x); };
    fields["return_char"] = [&](const auto& x) {
      result_.return_char = read_text(x);
      if (result_.return_char.empty())
        fail(x, "is empty");
    };
    fields["interrupt"] = text_to(result_.interrupt);
    fields["comment"] = text_to(result_.comment);
    fields["pagers"] = [&](const auto& x) {
      result_.pagers = read_list(x, answer_of);
    };
    fields["confirmations"] = [&](const auto& x) {
      result_.confirmations = read_list(x, answer_of);
    };
    fields["log_line"] = [&](const auto& x) {
      result_.log_line = read_pattern(x);
    };
    fields["configuration"] = [&](const auto& x) { read_configuration(x); };
    read_map(from, "tieline", fields);
  }

  void read_configuration(const YAML::Node& from) {
    configuration_rules rules;
    handlers fields;
    fields["mode"] = [&](const auto& x) { rules.mode = named_mode(x); };
    for (auto [name, to] : {std::pair{"before", &rules.before},
                            {"diff", &rules.diff},
                            {"snapshot", &rules.snapshot},
                            {"commit", &rules.commit},
                            {"commit_confirmed", &rules.commit_confirmed},
                            {"confirm", &rules.confirm},
                            {"abort", &rules.abort}})
      fields[name] = [this, to = to](const YAML::Node& x) {
        *to = commands_of(x);
      };
    read_map(from, "configuration", fields);
    if (rules.mode.empty())
      fail(from, "configuration has to have a mode");
    if (!rules.commit_confirmed.empty() && rules.confirm.empty())
      fail(from, "commit_confirmed without confirm");
    result_.configuration = std::move(rules);
  }

  /// Instructions; a text is a line to send.
  std::vector<instruction> commands_of(const YAML::Node& from) {
    std::vector<instruction> result;
    for (const auto& x : read_list(from, [](const auto& y) { return y; })) {
      if (x.IsScalar()) {
        result.push_back({instruction::kind::send_input, line_of(x)});
        continue;
      }
      YAML::Node alone;
      alone.push_back(x);
      for (auto& y : instructions_of(alone, true))
        result.push_back(std::move(y));
    }
    return result;
  }

  static standing_answer answer_of(const YAML::Node& from) {
    std::optional<pattern> question;
    std::optional<std::string> answer;
    handlers fields;
    fields["pattern"] = [&](const auto& x) { question = read_pattern(x); };
    fields["answer"] = [&](const auto& x) { answer = read_text(x); };
    read_map(from, "an answer", fields);
    if (!question || !answer)
      fail(from, "an answer has to have pattern and answer");
    return {*std::move(question), *std::move(answer)};
  }

  const std::string& file_;
  platform result_;
  std::set<std::string> names_;
  std::vector<std::pair<YAML::Mark, std::string>> named_;
};

} // namespace

std::optional<platform> read_platform(std::string name, const std::string& text,
                                      const std::string& file,
                                      std::string& why) {
  try {
    auto root = YAML::Load(text);
    return reader{std::move(name), file}.read(root);
  } catch (const problem& x) {
    why = located(file, x.where, x.why);
  } catch (const YAML::Exception& x) {
    why = located(file, x.mark, x.msg);
  } catch (const std::exception& x) {
    why = file + ": " + x.what();
  }
  return std::nullopt;
}

} // namespace tieline::cli
