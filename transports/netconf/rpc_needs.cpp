#include "tieline/transports/netconf/rpc_needs.hpp"

#include "tieline/transports/netconf/errors.hpp"
#include "tieline/transports/netconf/names.hpp"

#include <algorithm>

namespace tieline::netconf {

namespace {

class checking {
public:
  checking(std::string_view operation, const rpc_values& values,
           const capabilities& theirs)
    : operation_(operation),
      values_(values),
      theirs_(theirs) {
    // nop
  }

  caf::error run() const {
    for (const auto* name : {"source", "target", "url"})
      if (auto error = check_place(name))
        return error;
    if (is("target", "running")
        && is_one_of(operation_, {"edit-config", "copy-config"}))
      if (auto error = needs("target", {capability::writable_running}))
        return error;
    for (const auto& x : needs_of_attributes())
      if (x.applies)
        if (auto error = needs(x.name, x.any_of))
          return error;
    return check_with_defaults();
  }

private:
  struct need {
    /// Empty: the operation itself.
    std::string_view name;
    bool applies;
    std::vector<std::string_view> any_of;
  };

  std::vector<need> needs_of_attributes() const {
    using namespace capability;
    auto operation = [this](auto... names) {
      return is_one_of(operation_, {std::string_view{names}...});
    };
    return {
      {"", operation("commit", "discard-changes"), {candidate}},
      {"", operation("cancel-commit"), {confirmed_commit_1_1}},
      {"", operation("validate"), {validate_1_1, validate_1_0}},
      {"", operation("get-schema"), {uri::monitoring}},
      {"", operation("create-subscription"), {notification}},
      {"confirmed",
       is("confirmed", "true"),
       {confirmed_commit_1_1, confirmed_commit_1_0}},
      {"persist", has("persist"), {confirmed_commit_1_1}},
      {"persist-id", has("persist-id"), {confirmed_commit_1_1}},
      {"test-option",
       has("test-option") && !is("test-option", "test-only"),
       {validate_1_1, validate_1_0}},
      {"test-option", is("test-option", "test-only"), {validate_1_1}},
      {"error-option",
       is("error-option", "rollback-on-error"),
       {rollback_on_error}},
      {"xpath", has("xpath"), {capability::xpath}},
      {"with-defaults", has("with-defaults"), {capability::with_defaults}},
    };
  }

  caf::error check_place(const char* name) const {
    if (is(name, "candidate"))
      return needs(name, {capability::candidate});
    if (is(name, "startup"))
      return needs(name, {capability::startup});
    if (!has(name) || values_.at(name).scheme.empty())
      return {};
    if (auto error = needs(name, {capability::url}))
      return error;
    auto schemes = theirs_.list(capability::url, "scheme");
    const auto& scheme = values_.at(name).scheme;
    if (schemes.empty()
        || std::find(schemes.begin(), schemes.end(), scheme) != schemes.end())
      return {};
    return unsupported(name, "the peer's " + std::string{capability::url}
                               + " has no scheme " + scheme);
  }

  caf::error check_with_defaults() const {
    if (!has("with-defaults"))
      return {};
    const auto& mode = values_.at("with-defaults").text;
    auto also = theirs_.list(capability::with_defaults, "also-supported");
    if (theirs_.parameter(capability::with_defaults, "basic-mode") == mode
        || std::find(also.begin(), also.end(), mode) != also.end())
      return {};
    return unsupported("with-defaults",
                       "the peer's " + std::string{capability::with_defaults}
                         + " has no " + mode);
  }

  caf::error needs(std::string_view name,
                   const std::vector<std::string_view>& any_of) const {
    for (auto x : any_of)
      if (theirs_.has(x))
        return {};
    return unsupported(name, "needs " + std::string{any_of.front()}
                               + ", which the peer does not have");
  }

  caf::error unsupported(std::string_view name, const std::string& why) const {
    auto part = name.empty() ? std::string{operation_}
                             : "attributes." + std::string{name};
    return error_at(errc::unsupported, step::execute, part + ": " + why);
  }

  bool has(std::string_view name) const {
    return values_.count(std::string{name}) > 0;
  }

  bool is(const char* name, std::string_view value) const {
    return has(name) && values_.at(name).text == value;
  }

  std::string_view operation_;
  const rpc_values& values_;
  const capabilities& theirs_;
};

} // namespace

caf::error check_capabilities(std::string_view operation,
                              const rpc_values& values,
                              const capabilities& theirs) {
  return checking{operation, values, theirs}.run();
}

} // namespace tieline::netconf
