#include "options.hpp"

#include <array>

namespace tieline::lab::netconf {

std::vector<std::string> all_capabilities() {
  std::vector<std::string> result;
  for (auto name :
       {"writable-running:1.0", "candidate:1.0", "confirmed-commit:1.1",
        "rollback-on-error:1.0", "validate:1.1", "startup:1.0",
        "notification:1.0", "interleave:1.0"})
    result.push_back(std::string{"urn:ietf:params:netconf:capability:"} + name);
  result.emplace_back("urn:ietf:params:netconf:capability:with-defaults:1.0"
                      "?basic-mode=explicit");
  result.emplace_back("urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
                      "?module=ietf-netconf-monitoring&revision=2010-10-04");
  return result;
}

std::string default_config() {
  return R"(<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">
  <hostname>lab</hostname>
  <location>rack 1</location>
</system>
<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">
  <interface>
    <name>eth0</name>
    <description>uplink</description>
    <enabled>true</enabled>
  </interface>
  <interface>
    <name>eth1</name>
    <enabled>false</enabled>
  </interface>
</interfaces>)";
}

std::string_view to_string(store which) {
  constexpr std::array<std::string_view, store_count> names{"running",
                                                            "candidate",
                                                            "startup"};
  return names.at(static_cast<std::size_t>(which));
}

} // namespace tieline::lab::netconf
