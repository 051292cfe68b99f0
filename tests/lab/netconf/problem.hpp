#pragma once

#include <pugixml.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace tieline::lab::netconf {

/// An error as NETCONF and RESTCONF tell it (RFC 6241 appendix A, RFC 8040
/// section 7); thrown by what refuses an operation.
struct problem : std::exception {
  problem(std::string type, std::string tag, std::string message);

  std::string type; ///< transport, rpc, protocol or application
  std::string tag;
  std::string message;
  std::string app_tag = {};
  std::string path = {};            ///< XPath of the node at fault
  std::string path_namespaces = {}; ///< declarations of the path's prefixes
  std::string info = {};            ///< XML inside error-info

  const char* what() const noexcept override {
    return message.c_str();
  }

  /// Names the node at fault.
  problem& at(pugi::xml_node node);
};

/// A lock that a session holds; 0 is none that NETCONF knows.
problem lock_denied(std::uint32_t holder);
/// A value, an element or an attribute that is not understood.
problem invalid_value(std::string message);
problem unknown_element(pugi::xml_node element);
problem missing_element(const std::string& name);
problem bad_element(const std::string& name, std::string message);
problem missing_attribute(const std::string& attribute,
                          const std::string& element);
problem not_supported(std::string message);
problem failed(std::string message);
problem in_use(std::string message);

/// Returns the error as `rpc-error`.
std::string to_rpc_error(const problem& what);

} // namespace tieline::lab::netconf
