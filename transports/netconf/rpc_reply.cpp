#include "tieline/transports/netconf/rpc_reply.hpp"

#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/netconf/date_time.hpp"
#include "tieline/transports/netconf/error_fields.hpp"
#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/well_formed.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tieline::netconf {

namespace {

constexpr size_t most_errors = 100;

/// A small message must not make a large reply, by namespaces that are added to
/// each of its many elements: so many bytes, and as many as the message has.
constexpr size_t most_added = size_t{1} << 20;

caf::error bad_message(const std::string& why) {
  return error_at(errc::protocol_error, step::session, "bad message: " + why);
}

bool is_declaration(std::string_view name) {
  return name == "xmlns" || name.substr(0, 6) == "xmlns:";
}

/// Returns whether it is an attribute `message-id`, with or without a prefix.
bool is_message_id(std::string_view name) {
  constexpr std::string_view wanted = "message-id";
  if (name.size() < wanted.size())
    return false;
  auto prefix = name.size() - wanted.size();
  return name.substr(prefix) == wanted
         && (prefix == 0 || name[prefix - 1] == ':');
}

/// Of Junos' own errors, which are `error` and `warning` in a namespace with a
/// version.
constexpr std::string_view junos = "http://xml.juniper.net/xnm/";

/// Returns whether an element tells that something went wrong. Servers put
/// errors into the results of an operation, and into namespaces of their own: a
/// refusal that is not seen would be taken for success.
bool is_error(const xml::element& x) {
  return x.local_name == "rpc-error"
         || (x.name_space.substr(0, junos.size()) == junos
             && (x.local_name == "error" || x.local_name == "warning"));
}

/// Collects the errors of a reply, wherever they stand in it.
class error_reader {
public:
  explicit error_reader(std::string_view text) : text_(text) {
    // nop
  }

  void starts(const xml::element& x) {
    if (!is_error(x))
      return;
    auto& next = open_.emplace_back();
    next.depth = x.depth;
    next.name_space = x.name_space;
    if (x.local_name == "warning")
      next.error.severity = "warning";
  }

  /// Returns whether that was an error, which has ended.
  bool ends(const xml::element& x, rpc_reply& into) {
    if (x.local_name == "load-error-count")
      note_count(xml::trim(xml::decode(content_of(x))), into);
    if (open_.empty())
      return false;
    if (x.depth == open_.back().depth + 1)
      read_field(x, open_.back());
    if (x.depth != open_.back().depth)
      return false;
    put(std::move(open_.back().error), into);
    open_.pop_back();
    return true;
  }

private:
  struct open_error {
    size_t depth = 0;
    std::string_view name_space;
    netconf_error error;
    /// Which fields were told in its own namespace, by their places.
    uint32_t own = 0;
  };

  std::string_view content_of(const xml::element& x) const {
    return text_.substr(x.content, x.content_end - x.content);
  }

  /// Junos counts what it could not load.
  static void note_count(std::string_view count, rpc_reply& into) {
    if (into.failed
        || count.find_first_of("123456789") == std::string_view::npos)
      return;
    netconf_error told;
    told.tag = "operation-failed";
    told.message = "load-error-count: " + std::string{count};
    put(std::move(told), into);
  }

  void read_field(const xml::element& x, open_error& to) {
    auto name = x.local_name == "message" ? "error-message" : x.local_name;
    auto is_own = x.name_space == to.name_space;
    uint32_t bit = 1;
    for (auto [known, field] : error_fields) {
      if (name == known)
        set(to, bit, is_own, field, x);
      bit <<= 1U;
    }
  }

  void set(open_error& to, uint32_t bit, bool is_own,
           std::string netconf_error::*field, const xml::element& x) {
    auto value = field == &netconf_error::info
                   ? std::string{xml::trim(content_of(x))}
                   : std::string{xml::trim(xml::decode(content_of(x)))};
    auto& known = to.error.*field;
    if (field == &netconf_error::severity) {
      // The gravest of all that are told.
      auto is_warning = is_own && lower(value) == "warning";
      if (!is_warning)
        known = value.empty() || lower(value) == "warning" ? "error" : value;
      else if (known.empty())
        known = "warning";
      return;
    }
    if (!known.empty() && (!is_own || (to.own & bit) != 0))
      return;
    known = std::move(value);
    to.own |= is_own ? bit : 0;
  }

  static std::string lower(std::string text) {
    for (auto& c : text)
      if (c >= 'A' && c <= 'Z')
        c = static_cast<char>(c - 'A' + 'a');
    return text;
  }

  static void put(netconf_error told, rpc_reply& into) {
    auto is_warning = told.severity == "warning";
    // What is not called a warning is none.
    if (told.severity.empty())
      told.severity = "error";
    into.failed = into.failed || !is_warning;
    ++into.error_count;
    auto& errors = into.errors;
    auto is_other = [](const auto& y) { return y.severity != "warning"; };
    auto pos = is_warning
                 ? errors.end()
                 : std::partition_point(errors.begin(), errors.end(), is_other);
    errors.insert(pos, std::move(told));
    if (errors.size() > most_errors)
      errors.pop_back();
  }

  std::string_view text_;
  /// Those that have not ended, outermost first.
  std::vector<open_error> open_;
};

/// Reads a message while it is checked: a tree of a large one would take many
/// times its room.
class message_reader : public xml::handler {
public:
  using kind = broken_message::kind;

  explicit message_reader(std::string_view text) : text_(text), errors_(text) {
    // nop
  }

  void has(const xml::attribute& x) override {
    if (depth_ == 0 && is_message_id(x.name))
      answer.message_id = xml::trim(xml::decode(x.value));
    if (depth_ < 2 && is_declaration(x.name))
      declarations_.push_back(x);
  }

  void starts(const xml::element& x) override {
    ++depth_;
    if (depth_ == 1) {
      outer_ = std::exchange(declarations_, {});
      // An error alone is all that some say to what they cannot read.
      is_error_ = is_error(x);
      if (is_error_ || (is_base(x.name_space) && x.local_name == "rpc-reply"))
        what = kind::reply;
      else if (x.local_name == "notification"
               && (x.name_space == uri::notification || is_base(x.name_space)))
        what = kind::notification;
      else
        root_name = text_.substr(x.begin + 1, x.content - x.begin - 2);
    } else if (depth_ == 2) {
      inner_ = std::exchange(declarations_, {});
    }
    if (what == kind::reply)
      errors_.starts(x);
  }

  void ends(const xml::element& x) override {
    --depth_;
    if (what == kind::reply) {
      auto was_error = errors_.ends(x, answer);
      if (depth_ == 1 && !was_error && !is_error_
          && !(is_base(x.name_space) && x.local_name == "ok"))
        append(x);
    } else if (depth_ == 1 && x.local_name == "eventTime"
               && (x.name_space == uri::notification
                   || is_base(x.name_space))) {
      event_time = xml::trim(
        xml::decode(text_.substr(x.content, x.content_end - x.content)));
    } else if (depth_ == 1
               && x.is(uri::stream_events, "notificationComplete")) {
      is_last = true;
    }
  }

  void fails(size_t pos) override {
    failed_at = pos;
  }

  /// Tells what was read of a message that is no good.
  void tell(broken_message& to) {
    to.what = what;
    to.message_id = std::move(answer.message_id);
    to.is_last = is_last;
  }

  kind what = kind::other;
  std::optional<size_t> failed_at;
  std::string_view root_name;
  rpc_reply answer;
  std::string event_time;
  bool is_last = false;
  /// Why it is not read although it is well-formed; empty: it is.
  std::string problem;

private:
  /// Adds an element that can stand alone.
  void append(const xml::element& x) {
    auto tag = text_.substr(x.begin, x.content - x.begin);
    auto name = tag.substr(0, tag.find_first_of(" \t\r\n/>"));
    auto& out = answer.output;
    if (added_ > text_.size() + most_added) {
      problem = "too many elements with too many namespaces";
      return;
    }
    out += name;
    for (const auto& y : outer_) {
      added_ += y.name.size() + y.value.size();
      auto is_same = [&](const auto& z) { return z.name == y.name; };
      if (std::any_of(inner_.begin(), inner_.end(), is_same))
        continue;
      // The value holds one kind of quotes at most.
      auto quote = y.value.find('"') == std::string_view::npos ? '"' : '\'';
      out += ' ';
      out += y.name;
      out += '=';
      out += quote;
      out += y.value;
      out += quote;
    }
    out += text_.substr(x.begin + name.size(), x.end - x.begin - name.size());
  }

  std::string_view text_;
  size_t depth_ = 0;
  std::vector<xml::attribute> declarations_;
  /// Those of the root, and of its child.
  std::vector<xml::attribute> outer_;
  std::vector<xml::attribute> inner_;
  error_reader errors_;
  /// The message is an error and nothing else.
  bool is_error_ = false;
  /// How much longer declarations have made the output.
  size_t added_ = 0;
};

/// Returns what stands around a place, for people.
std::string surroundings_of(std::string_view text, size_t pos) {
  constexpr size_t reach = 40;
  auto begin = pos - std::min(pos, reach);
  std::string result;
  for (auto c : text.substr(begin, 2 * reach)) {
    if (c >= ' ' && c <= '~') {
      result += c;
      continue;
    }
    constexpr auto digits = "0123456789abcdef";
    auto byte = static_cast<unsigned char>(c);
    result += "\\x";
    result += digits[byte >> 4U];
    result += digits[byte & 15U];
  }
  return result.empty() ? std::string{", at the end"} : ": " + result;
}

/// Finds out what a message was to be whose bytes are no text.
void look_at_begin(std::string text, const xml::scan_options& options,
                   broken_message& what) {
  if (xml::repair(text) == 0)
    return;
  message_reader found{text};
  xml::scan(text, options, found);
  found.tell(what);
}

std::string cause_of(const rpc_reply& x) {
  auto result = describe(x.errors.front());
  if (auto more = x.error_count - 1; more > 0)
    result += " (and " + std::to_string(more) + " more)";
  return result;
}

/// Returns the text in the outermost element.
class outermost_text : public xml::handler {
public:
  explicit outermost_text(std::string_view text) : text_(text) {
    // nop
  }

  void ends(const xml::element& x) override {
    if (x.depth == 1)
      result += xml::decode(text_.substr(x.content, x.content_end - x.content));
  }

  std::string result;

private:
  std::string_view text_;
};

std::string text_in(std::string_view element) {
  outermost_text found{element};
  xml::scan_options options;
  options.fragment = true;
  xml::scan(element, options, found);
  return found.result;
}

} // namespace

incoming read_message(std::string text, const reading& how) {
  auto repaired = how.lenient ? xml::repair(text) : 0;
  message_reader found{text};
  xml::scan_options options;
  options.depth = how.depth;
  auto wrong = xml::scan(text, options, found);
  auto where = found.failed_at;
  if (wrong.empty())
    wrong = std::move(found.problem);
  if (wrong.empty() && found.what == message_reader::kind::other)
    wrong = "neither an rpc-reply nor a notification but <"
            + one_line(std::string{found.root_name}) + '>';
  else if (wrong.empty() && found.what == message_reader::kind::notification
           && !parse_date_time(found.event_time))
    wrong = "a notification without a valid eventTime";
  if (!wrong.empty()) {
    broken_message result;
    result.reason
      = bad_message(wrong + (where ? surroundings_of(text, *where) : ""));
    if (where && found.what == message_reader::kind::other)
      // Its bytes may keep the scan from what it is.
      look_at_begin(text, options, result);
    else
      found.tell(result);
    result.text = std::move(text);
    return result;
  }
  if (found.what == message_reader::kind::notification) {
    if (repaired > 0)
      text += "<!-- tieline has repaired " + counted(repaired, "byte") + " -->";
    return event{std::move(found.event_time), std::move(text), found.is_last};
  }
  found.answer.repaired = repaired;
  return std::move(found.answer);
}

caf::expected<incoming> read_incoming(std::string text, size_t depth) {
  reading how;
  how.depth = depth;
  auto result = read_message(std::move(text), how);
  if (auto* broken = std::get_if<broken_message>(&result))
    return std::move(broken->reason);
  return result;
}

caf::expected<reply> to_reply(rpc_reply answer, std::string_view operation) {
  if (answer.failed) {
    failure context{{}, step::execute, cause_of(answer)};
    put_errors(context.details, answer.errors);
    context.details["errors"] = std::to_string(answer.error_count);
    if (answer.repaired > 0)
      context.details["repaired"] = std::to_string(answer.repaired);
    return make_error(errc::operation_failed, std::move(context));
  }
  reply result;
  if (answer.repaired > 0)
    result.attributes["repaired"] = std::to_string(answer.repaired);
  if (answer.error_count > 0) {
    put_errors(result.attributes, answer.errors);
    result.attributes["warnings"] = std::to_string(answer.error_count);
  }
  result.output = operation == "get-schema" ? text_in(answer.output)
                                            : std::move(answer.output);
  return result;
}

} // namespace tieline::netconf
