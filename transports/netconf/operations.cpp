#include "tieline/transports/netconf/operations.hpp"

#include <utility>

namespace tieline::netconf {

namespace {

class maker {
public:
  explicit maker(const char* operation) {
    result_.body = operation;
  }

  maker& with(const char* name, const std::string& value) {
    if (!value.empty())
      result_.attributes[name] = value;
    return *this;
  }

  /// An empty value is there, too: it is for the check to refuse it.
  maker& with_any(const char* name, const std::string& value) {
    result_.attributes[name] = value;
    return *this;
  }

  template <class Enum>
  maker& with(const char* name, const std::optional<Enum>& value) {
    if (value)
      result_.attributes[name] = to_string(*value);
    return *this;
  }

  maker& with(const selection& what) {
    for (const auto& [prefix, uri] : what.namespaces)
      result_.attributes["xmlns:" + prefix] = uri;
    return with("filter", what.filter).with("xpath", what.xpath);
  }

  request make() {
    return std::move(result_);
  }

private:
  request result_;
};

} // namespace

request get(const selection& what, std::optional<with_defaults> defaults) {
  return maker{"get"}.with(what).with("with-defaults", defaults).make();
}

request get_config(const std::string& source, const selection& what,
                   std::optional<with_defaults> defaults) {
  return maker{"get-config"}
    .with_any("source", source)
    .with(what)
    .with("with-defaults", defaults)
    .make();
}

request edit_config(const edit& what) {
  return maker{"edit-config"}
    .with_any("target", what.target)
    .with("config", what.config)
    .with("url", what.url)
    .with("default-operation", what.default_operation)
    .with("test-option", what.test_option)
    .with("error-option", what.error_option)
    .make();
}

request copy_config(const std::string& source, const std::string& target,
                    std::optional<with_defaults> defaults) {
  return maker{"copy-config"}
    .with_any("source", source)
    .with_any("target", target)
    .with("with-defaults", defaults)
    .make();
}

request put_config(const std::string& config, const std::string& target) {
  return maker{"copy-config"}
    .with_any("config", config)
    .with_any("target", target)
    .make();
}

request delete_config(const std::string& target) {
  return maker{"delete-config"}.with_any("target", target).make();
}

request lock(const std::string& target) {
  return maker{"lock"}.with_any("target", target).make();
}

request unlock(const std::string& target) {
  return maker{"unlock"}.with_any("target", target).make();
}

request validate(const std::string& source) {
  return maker{"validate"}.with_any("source", source).make();
}

request validate_config(const std::string& config) {
  return maker{"validate"}.with_any("config", config).make();
}

request commit(const commit_options& how) {
  maker result{"commit"};
  if (how.confirmed)
    result.with("confirmed", "true");
  if (how.confirm_timeout)
    result.with("confirm-timeout",
                std::to_string(how.confirm_timeout->count()));
  return result.with("persist", how.persist)
    .with("persist-id", how.persist_id)
    .make();
}

request cancel_commit(const std::string& persist_id) {
  return maker{"cancel-commit"}.with("persist-id", persist_id).make();
}

request discard_changes() {
  return maker{"discard-changes"}.make();
}

request kill_session(uint32_t session_id) {
  return maker{"kill-session"}
    .with("session-id", std::to_string(session_id))
    .make();
}

request close_session() {
  return maker{"close-session"}.make();
}

request get_schema(const std::string& identifier, const std::string& version,
                   const std::string& format) {
  return maker{"get-schema"}
    .with_any("identifier", identifier)
    .with("version", version)
    .with("format", format)
    .make();
}

request create_subscription(const subscription& what) {
  return maker{"create-subscription"}
    .with("stream", what.stream)
    .with(what.what)
    .with("startTime", what.start_time)
    .with("stopTime", what.stop_time)
    .make();
}

request raw(std::string xml) {
  request result;
  result.body = std::move(xml);
  return result;
}

} // namespace tieline::netconf
