#include "resource.hpp"

#include "http.hpp"

#include "tieline/lab/netconf/xml.hpp"

#include <algorithm>
#include <stdexcept>

namespace tieline::lab::restconf {

using namespace netconf;

resource_path parse_path(std::string_view text) {
  resource_path result;
  while (!text.empty()) {
    if (text.front() != '/')
      throw std::invalid_argument("no path");
    text.remove_prefix(1);
    auto end = std::min(text.find('/'), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(end);
    if (part.empty() && text.empty()) // a slash at the end
      break;
    path_segment segment;
    auto equals = std::min(part.find('='), part.size());
    segment.name = percent_decoded(part.substr(0, equals));
    if (auto colon = segment.name.find(':'); colon != std::string::npos) {
      segment.module = segment.name.substr(0, colon);
      segment.name.erase(0, colon + 1);
    }
    if (segment.name.empty() || (result.empty() && segment.module.empty()))
      throw std::invalid_argument("no name with its module");
    while (equals < part.size()) {
      part.remove_prefix(equals + 1);
      equals = std::min(part.find(','), part.size());
      segment.keys.push_back(percent_decoded(part.substr(0, equals)));
    }
    result.push_back(std::move(segment));
  }
  return result;
}

bool naming::matches(pugi::xml_node element,
                     const path_segment& segment) const {
  if (element.type() != pugi::node_element
      || local_name(element) != segment.name)
    return false;
  auto ns = namespace_of(element);
  if (auto known = modules_.find(segment.module); known != modules_.end()) {
    if (ns != known->second)
      return false;
  } else if (!segment.module.empty()
             && ns.substr(ns.find_last_of(":/") + 1) != segment.module) {
    return false;
  }
  if (segment.keys.empty())
    return true;
  if (known_.leaf_lists.count(segment.name) > 0)
    return segment.keys.size() == 1 && text_of(element) == segment.keys.front();
  auto names = keys_of(known_, element);
  return std::equal(names.begin(), names.end(), segment.keys.begin(),
                    segment.keys.end(), [&](auto& name, auto& value) {
                      return text_of(child(element, name)) == value;
                    });
}

pugi::xml_node naming::find(pugi::xml_node data,
                            const resource_path& path) const {
  for (auto& segment : path) {
    data
      = data.find_child([&](pugi::xml_node c) { return matches(c, segment); });
    if (!data)
      break;
  }
  return data;
}

std::string naming::segment_of(pugi::xml_node element, bool is_top) const {
  std::string result;
  if (is_top) {
    auto ns = namespace_of(element);
    auto known = std::find_if(modules_.begin(), modules_.end(),
                              [&](auto& m) { return m.second == ns; });
    result = known != modules_.end()
               ? known->first
               : std::string{ns.substr(ns.find_last_of(":/") + 1)};
    result += ':';
  }
  result += local_name(element);
  char separator = '=';
  for (auto& name : keys_of(known_, element)) {
    result += separator;
    result += percent_encoded(text_of(child(element, name)));
    separator = ',';
  }
  return result;
}

pugi::xml_node naming::frame(pugi::xml_node to, pugi::xml_node element) const {
  if (element.type() != pugi::node_element)
    return to;
  auto result = adopt_shell(frame(to, element.parent()), element);
  for (auto& name : keys_of(known_, element))
    adopt(result, child(element, name));
  return result;
}

} // namespace tieline::lab::restconf
