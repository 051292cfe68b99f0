#include "tieline/transports/netconf/rpc_reply.hpp"

#include "tieline/transports/netconf/date_time.hpp"
#include "tieline/transports/netconf/error_fields.hpp"
#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/names.hpp"
#include "tieline/transports/netconf/well_formed.hpp"
#include "tieline/transports/netconf/xml.hpp"

#include <algorithm>
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

/// Reads a message while it is checked: a tree of a large one would take many
/// times its room.
class message_reader : public xml::handler {
public:
  enum class kind : uint8_t { other, reply, notification };

  explicit message_reader(std::string_view text) : text_(text) {
    // nop
  }

  void has(const xml::attribute& x) override {
    if (depth_ == 0 && x.name == "message-id")
      answer.message_id = xml::decode(x.value);
    if (depth_ < 2 && is_declaration(x.name))
      declarations_.push_back(x);
  }

  void starts(const xml::element& x) override {
    ++depth_;
    if (depth_ == 1) {
      outer_ = std::exchange(declarations_, {});
      if (x.is(uri::base, "rpc-reply"))
        what = kind::reply;
      else if (x.is(uri::notification, "notification"))
        what = kind::notification;
      else
        root_name = text_.substr(x.begin + 1, x.content - x.begin - 2);
    } else if (depth_ == 2) {
      inner_ = std::exchange(declarations_, {});
      in_error_ = what == kind::reply && x.is(uri::base, "rpc-error");
      if (in_error_)
        error_ = {};
    }
  }

  void ends(const xml::element& x) override {
    --depth_;
    if (depth_ == 2 && in_error_)
      read_error_field(x);
    else if (depth_ == 1 && what == kind::reply)
      read_part(x);
    else if (depth_ == 1 && x.is(uri::notification, "eventTime"))
      event_time = xml::trim(xml::decode(content_of(x)));
    else if (depth_ == 1 && x.is(uri::stream_events, "notificationComplete"))
      is_last = true;
  }

  kind what = kind::other;
  std::string_view root_name;
  rpc_reply answer;
  std::string event_time;
  bool is_last = false;
  /// Why it is not read although it is well-formed; empty: it is.
  std::string problem;

private:
  std::string_view content_of(const xml::element& x) const {
    return text_.substr(x.content, x.content_end - x.content);
  }

  void read_error_field(const xml::element& x) {
    if (x.name_space != uri::base)
      return;
    for (auto [name, field] : error_fields)
      if (x.local_name == name)
        error_.*field = field == &netconf_error::info
                          ? xml::trim(content_of(x))
                          : xml::trim(xml::decode(content_of(x)));
  }

  void read_part(const xml::element& x) {
    if (in_error_) {
      in_error_ = false;
      read_error();
    } else if (!x.is(uri::base, "ok")) {
      append(x);
    }
  }

  void read_error() {
    auto is_warning = error_.severity == "warning";
    // What is not called a warning is none.
    if (error_.severity.empty())
      error_.severity = "error";
    answer.failed = answer.failed || !is_warning;
    ++answer.error_count;
    auto& errors = answer.errors;
    auto is_other = [](const auto& y) { return y.severity != "warning"; };
    auto pos = is_warning
                 ? errors.end()
                 : std::partition_point(errors.begin(), errors.end(), is_other);
    errors.insert(pos, std::move(error_));
    if (errors.size() > most_errors)
      errors.pop_back();
  }

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
  bool in_error_ = false;
  netconf_error error_;
  /// How much longer declarations have made the output.
  size_t added_ = 0;
};

/// Returns the text on one line that is not too long for people.
std::string one_line(std::string text) {
  constexpr size_t most = 500;
  if (text.size() > most) {
    text.resize(most);
    // Not in the middle of a character.
    while (!xml::is_text(text))
      text.pop_back();
    text += "...";
  }
  std::replace_if(
    text.begin(), text.end(),
    [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == '\x7f'; },
    ' ');
  return text;
}

std::string cause_of(const rpc_reply& x) {
  const auto& first = x.errors.front();
  auto result = first.tag.empty() ? std::string{"an error without a tag"}
                                  : first.tag;
  if (!first.message.empty())
    result += ": " + first.message;
  if (!first.path.empty())
    result += ", at " + first.path;
  result = one_line(std::move(result));
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

caf::expected<incoming> read_incoming(std::string text, size_t depth) {
  message_reader found{text};
  xml::scan_options options;
  options.depth = depth;
  if (auto wrong = xml::scan(text, options, found); !wrong.empty())
    return bad_message(wrong);
  if (!found.problem.empty())
    return bad_message(found.problem);
  switch (found.what) {
    case message_reader::kind::reply:
      return incoming{std::move(found.answer)};
    case message_reader::kind::notification:
      if (!parse_date_time(found.event_time))
        return bad_message("a notification without a valid eventTime");
      return incoming{
        event{std::move(found.event_time), std::move(text), found.is_last}};
    case message_reader::kind::other:
      break;
  }
  return bad_message("neither an rpc-reply nor a notification but <"
                     + one_line(std::string{found.root_name}) + '>');
}

caf::expected<reply> to_reply(rpc_reply answer, std::string_view operation) {
  if (answer.failed) {
    failure context{{}, step::execute, cause_of(answer)};
    put_errors(context.details, answer.errors);
    context.details["errors"] = std::to_string(answer.error_count);
    return make_error(errc::operation_failed, std::move(context));
  }
  reply result;
  if (answer.error_count > 0) {
    put_errors(result.attributes, answer.errors);
    result.attributes["warnings"] = std::to_string(answer.error_count);
  }
  result.output = operation == "get-schema" ? text_in(answer.output)
                                            : std::move(answer.output);
  return result;
}

} // namespace tieline::netconf
