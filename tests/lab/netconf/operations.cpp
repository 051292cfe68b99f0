#include "operations.hpp"

#include "subtree.hpp"
#include "xml.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <utility>

namespace tieline::lab::netconf {

namespace {

constexpr const char* ok = "<ok/>";

pugi::xml_node first_element(pugi::xml_node parent) {
  return parent.find_child(
    [](pugi::xml_node n) { return n.type() == pugi::node_element; });
}

pugi::xml_node required(pugi::xml_node parent, const std::string& name) {
  auto found = child(parent, name);
  if (!found)
    throw missing_element(name);
  return found;
}

/// Returns the choice that the element's text names.
template <class T, std::size_t N>
T choice(pugi::xml_node operation, const std::string& name, T by_default,
         const std::array<std::pair<std::string_view, T>, N>& choices) {
  auto found = child(operation, name);
  if (!found)
    return by_default;
  auto text = text_of(found);
  for (auto& [word, meaning] : choices)
    if (word == text)
      return meaning;
  throw bad_element(name, "no such choice");
}

template <class T>
T number_in(pugi::xml_node element) {
  auto text = text_of(element);
  T result{};
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || stop != end || result == 0)
    throw bad_element(std::string{local_name(element)}, "no number in range");
  return result;
}

std::optional<std::string> optional_text(pugi::xml_node operation,
                                         const char* name) {
  if (auto found = child(operation, name))
    return text_of(found);
  return std::nullopt;
}

wall_clock::time_point time_in(pugi::xml_node element) {
  if (auto result = time_from(text_of(element)))
    return *result;
  throw bad_element(std::string{local_name(element)}, "no time");
}

/// One operation of one session.
class work {
public:
  work(session_context& session, management& device, bool reject_config,
       pugi::xml_node operation)
    : session_(session),
      device_(device),
      data_(device.data()),
      who_(session.id()),
      reject_config_(reject_config),
      operation_(operation) {
    // nop
  }

  std::string get() {
    pugi::xml_document all;
    adopt_inside(all, data_.look(store::running));
    pugi::xml_document state;
    parse_fragment(state, device_.state());
    adopt_inside(all, state);
    return filtered(all);
  }

  std::string get_config() {
    return filtered(data_.look(store_in("source")));
  }

  std::string edit_config() {
    auto target = store_in("target");
    if (target == store::running)
      require("writable-running");
    else if (target == store::startup)
      throw invalid_value("startup cannot be edited");
    auto by_default = choice<edit_operation>(
      operation_, "default-operation", edit_operation::merge,
      std::array<std::pair<std::string_view, edit_operation>, 3>{
        {{"merge", edit_operation::merge},
         {"replace", edit_operation::replace},
         {"none", edit_operation::none}}});
    auto on_error = choice<error_option>(
      operation_, "error-option", error_option::stop,
      std::array<std::pair<std::string_view, error_option>, 3>{
        {{"stop-on-error", error_option::stop},
         {"continue-on-error", error_option::go_on},
         {"rollback-on-error", error_option::roll_back}}});
    if (on_error == error_option::roll_back)
      require("rollback-on-error");
    enum class test { set, test_then_set, test_only };
    auto how = choice<test>(operation_, "test-option", test::set,
                            std::array<std::pair<std::string_view, test>, 3>{
                              {{"set", test::set},
                               {"test-then-set", test::test_then_set},
                               {"test-only", test::test_only}}});
    if (child(operation_, "test-option"))
      require("validate");
    if (child(operation_, "url"))
      throw not_supported("no :url");
    auto config = required(operation_, "config");
    if (how != test::set) {
      require_valid();
      if (auto refused = data_.try_edit(target, config, by_default);
          !refused.empty())
        throw refused;
    }
    if (how == test::test_only)
      return ok;
    if (auto refused = data_.edit(target, who_, config, by_default, on_error);
        !refused.empty())
      throw refused;
    return ok;
  }

  std::string copy_config() {
    auto target = store_in("target");
    if (target == store::running)
      require("writable-running");
    auto source = required(operation_, "source");
    if (auto config = child(source, "config"))
      data_.copy(target, who_, config);
    else
      data_.copy(target, who_, store_in("source"));
    return ok;
  }

  std::string delete_config() {
    data_.clear(store_in("target"), who_);
    return ok;
  }

  std::string lock() {
    data_.lock(store_in("target"), who_);
    return ok;
  }

  std::string unlock() {
    data_.unlock(store_in("target"), who_);
    return ok;
  }

  std::string validate() {
    require("validate");
    if (!child(required(operation_, "source"), "config"))
      store_in("source");
    require_valid();
    return ok;
  }

  std::string commit() {
    require("candidate");
    commit_order how;
    how.who = who_;
    how.confirmed = static_cast<bool>(child(operation_, "confirmed"));
    if (how.confirmed)
      require("confirmed-commit");
    if (auto timeout = child(operation_, "confirm-timeout"))
      how.timeout = std::chrono::seconds{number_in<std::uint32_t>(timeout)};
    how.persist = optional_text(operation_, "persist");
    how.persist_id = optional_text(operation_, "persist-id");
    if (how.persist && !how.confirmed)
      throw bad_element("persist", "only with confirmed");
    require_valid();
    data_.commit(how, clock::now());
    return ok;
  }

  std::string cancel_commit() {
    require("confirmed-commit");
    data_.cancel_commit(who_, optional_text(operation_, "persist-id"));
    return ok;
  }

  std::string discard_changes() {
    require("candidate");
    data_.discard(who_);
    return ok;
  }

  std::string kill_session() {
    auto id = number_in<session_id>(required(operation_, "session-id"));
    // RFC 6241 section 7.9: not the own one.
    if (id == who_ || !device_.kill(id))
      throw invalid_value("no such session");
    return ok;
  }

  std::string close_session() {
    session_.close();
    // All is given up before the reply: RFC 6241 section 7.8.
    device_.leave(who_);
    return ok;
  }

  std::string get_schema() {
    auto name = text_of(required(operation_, "identifier"));
    auto format = optional_text(operation_, "format").value_or("yang");
    auto found = device_.settings().yang.find(name);
    if (found == device_.settings().yang.end()
        || format.substr(format.find(':') + 1) != "yang"
        || !optional_text(operation_, "version").value_or("").empty())
      throw invalid_value("no such schema");
    return "<data xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
           "\">"
           + escaped(found->second) + "</data>";
  }

  std::string create_subscription() {
    require("notification");
    if (session_.subscribed())
      throw failed("there is a subscription already");
    if (auto stream = optional_text(operation_, "stream");
        stream && *stream != "NETCONF")
      throw invalid_value("no such stream");
    subscription_order how;
    if (auto filter = child(operation_, "filter")) {
      require_subtree(filter);
      auto mine = std::make_shared<pugi::xml_document>();
      adopt_inside(*mine, filter);
      how.filter = mine;
    }
    // RFC 5277 section 2.1.1.
    if (auto start = child(operation_, "startTime")) {
      how.start = time_in(start);
      if (*how.start > wall_clock::now())
        throw bad_element("startTime", "is in the future");
    }
    if (auto stop = child(operation_, "stopTime")) {
      if (!how.start)
        throw missing_element("startTime");
      how.stop = time_in(stop);
      if (*how.stop < *how.start)
        throw bad_element("stopTime", "is before startTime");
    }
    session_.subscribe(std::move(how));
    return ok;
  }

private:
  void require(std::string_view capability) const {
    if (!device_.supports(capability))
      throw not_supported("no :" + std::string{capability});
  }

  void require_valid() const {
    if (reject_config_)
      throw invalid_value("the configuration is not valid");
  }

  static void require_subtree(pugi::xml_node filter) {
    for (auto a : filter.attributes()) {
      std::string_view name = a.name();
      if (name.substr(name.find(':') + 1) == "type"
          && std::string_view{a.value()} != "subtree")
        throw not_supported("no :xpath");
    }
  }

  store store_in(const std::string& name) const {
    auto parameter = required(operation_, name);
    auto element = first_element(parameter);
    if (!element)
      throw missing_element(name);
    for (auto which : {store::running, store::candidate, store::startup})
      if (local_name(element) == to_string(which)
          && (which == store::running || device_.supports(to_string(which))))
        return which;
    throw invalid_value("no such datastore here");
  }

  std::string filtered(const pugi::xml_document& all) const {
    if (child(operation_, "with-defaults"))
      require("with-defaults");
    auto filter = child(operation_, "filter");
    if (!filter)
      return "<data>" + inside(all) + "</data>";
    require_subtree(filter);
    pugi::xml_document found;
    select_subtree(all, filter, found);
    return "<data>" + inside(found) + "</data>";
  }

  session_context& session_;
  management& device_;
  datastores& data_;
  const session_id who_;
  const bool reject_config_;
  const pugi::xml_node operation_;
};

const std::map<std::string_view, std::string (work::*)()> table{
  {"get", &work::get},
  {"get-config", &work::get_config},
  {"edit-config", &work::edit_config},
  {"copy-config", &work::copy_config},
  {"delete-config", &work::delete_config},
  {"lock", &work::lock},
  {"unlock", &work::unlock},
  {"validate", &work::validate},
  {"commit", &work::commit},
  {"cancel-commit", &work::cancel_commit},
  {"discard-changes", &work::discard_changes},
  {"kill-session", &work::kill_session},
  {"close-session", &work::close_session},
  {"get-schema", &work::get_schema},
  {"create-subscription", &work::create_subscription},
};

} // namespace

std::string perform_own(pugi::xml_node operation) {
  if (local_name(operation) != "echo")
    throw not_supported("no such operation");
  return "<text xmlns=\"urn:tieline:lab\">"
         + escaped(text_of(required(operation, "text"))) + "</text>";
}

std::string perform(session_context& session, management& device,
                    bool reject_config, pugi::xml_node operation) {
  auto name = local_name(operation);
  // Notifications would stand between an operation and its reply: RFC 5277
  // section 6.
  if (session.subscribed() && !device.supports("interleave")
      && name != "close-session")
    throw problem{"protocol", "resource-denied", "notifications are flowing"};
  if (namespace_of(operation) == "urn:tieline:lab")
    return perform_own(operation);
  auto found = table.find(name);
  if (found == table.end())
    throw not_supported("no such operation");
  return (work{session, device, reject_config, operation}.*found->second)();
}

} // namespace tieline::lab::netconf
