#include "problem.hpp"

#include "xml.hpp"

#include <map>
#include <utility>
#include <vector>

namespace tieline::lab::netconf {

problem::problem(std::string type, std::string tag, std::string message)
  : type(std::move(type)),
    tag(std::move(tag)),
    message(std::move(message)) {
  // nop
}

problem& problem::at(pugi::xml_node node) {
  std::vector<pugi::xml_node> way;
  for (; node.type() == pugi::node_element
         && namespace_of(node) != base_namespace;
       node = node.parent())
    way.push_back(node);
  std::map<std::string, std::string, std::less<>> prefixes;
  path.clear();
  path_namespaces.clear();
  for (auto i = way.rbegin(); i != way.rend(); ++i) {
    std::string ns{namespace_of(*i)};
    path += '/';
    if (!ns.empty()) {
      auto [known, is_new]
        = prefixes.try_emplace(ns, "p" + std::to_string(prefixes.size() + 1));
      if (is_new)
        path_namespaces += " xmlns:" + known->second + "=\"" + escaped(ns)
                           + "\"";
      path += known->second + ':';
    }
    path += local_name(*i);
  }
  return *this;
}

problem lock_denied(std::uint32_t holder) {
  problem result{"protocol", "lock-denied", "the lock is held by another"};
  result.info = "<session-id>" + std::to_string(holder) + "</session-id>";
  return result;
}

problem invalid_value(std::string message) {
  return {"application", "invalid-value", std::move(message)};
}

problem unknown_element(pugi::xml_node element) {
  problem result{"application", "unknown-element", "no such element"};
  result.info = "<bad-element>" + std::string{local_name(element)}
                + "</bad-element>";
  return result;
}

problem missing_element(const std::string& name) {
  problem result{"protocol", "missing-element", "an element is missing"};
  result.info = "<bad-element>" + name + "</bad-element>";
  return result;
}

problem bad_element(const std::string& name, std::string message) {
  problem result{"protocol", "bad-element", std::move(message)};
  result.info = "<bad-element>" + name + "</bad-element>";
  return result;
}

problem missing_attribute(const std::string& attribute,
                          const std::string& element) {
  problem result{"rpc", "missing-attribute", "an attribute is missing"};
  result.info = "<bad-attribute>" + attribute + "</bad-attribute><bad-element>"
                + element + "</bad-element>";
  return result;
}

problem not_supported(std::string message) {
  return {"protocol", "operation-not-supported", std::move(message)};
}

problem failed(std::string message) {
  return {"application", "operation-failed", std::move(message)};
}

problem in_use(std::string message) {
  return {"application", "in-use", std::move(message)};
}

std::string to_rpc_error(const problem& what) {
  auto result = "<rpc-error><error-type>" + what.type
                + "</error-type><error-tag>" + what.tag
                + "</error-tag><error-severity>error</error-severity>";
  if (!what.app_tag.empty())
    result += "<error-app-tag>" + escaped(what.app_tag) + "</error-app-tag>";
  if (!what.path.empty())
    result += "<error-path" + what.path_namespaces + ">" + escaped(what.path)
              + "</error-path>";
  result += "<error-message xml:lang=\"en\">" + escaped(what.message)
            + "</error-message>";
  if (!what.info.empty())
    result += "<error-info>" + what.info + "</error-info>";
  return result + "</rpc-error>";
}

} // namespace tieline::lab::netconf
