#include "schema.hpp"

#include "xml.hpp"

#include <algorithm>

namespace tieline::lab::netconf {

std::vector<std::string> keys_of(const schema& known, pugi::xml_node element) {
  if (auto i = known.list_keys.find(local_name(element));
      i != known.list_keys.end())
    return i->second;
  for (auto c : element.children()) {
    if (c.type() != pugi::node_element)
      continue;
    auto name = local_name(c);
    if (!has_elements(c)
        && (name == "name" || name == "id" || name == "key" || name == "index"))
      return {std::string{name}};
    break;
  }
  return {};
}

pugi::xml_node counterpart(const schema& known, pugi::xml_node parent,
                           pugi::xml_node wanted) {
  auto name = local_name(wanted);
  auto ns = namespace_of(wanted);
  auto by_text = known.leaf_lists.count(name) > 0;
  auto keys = keys_of(known, wanted);
  for (auto c : parent.children()) {
    if (c.type() != pugi::node_element || local_name(c) != name
        || namespace_of(c) != ns)
      continue;
    if (by_text
          ? text_of(c) == text_of(wanted)
          : std::all_of(keys.begin(), keys.end(), [&](auto& key) {
              return text_of(child(c, key)) == text_of(child(wanted, key));
            }))
      return c;
  }
  return {};
}

} // namespace tieline::lab::netconf
