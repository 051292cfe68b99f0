#include "subtree.hpp"

#include "xml.hpp"

#include <cstring>
#include <set>
#include <vector>

namespace tieline::lab::netconf {

namespace {

bool is_content_match(pugi::xml_node filter) {
  return !has_elements(filter) && !text_of(filter).empty();
}

bool has_name_of(pugi::xml_node data, pugi::xml_node filter) {
  if (local_name(data) != local_name(filter))
    return false;
  auto ns = namespace_of(filter);
  if (!ns.empty() && ns != base_namespace && ns != namespace_of(data))
    return false;
  for (auto a : filter.attributes()) {
    if (std::strncmp(a.name(), "xmlns", 5) == 0)
      continue;
    auto found = data.attribute(a.name());
    if (!found || std::strcmp(found.value(), a.value()) != 0)
      return false;
  }
  return true;
}

/// Two passes, since several filters may select parts of one element: first
/// marks what is selected, then copies it.
class selection {
public:
  void mark_inside(pugi::xml_node data, pugi::xml_node filter) {
    for (auto d : data.children())
      for (auto f : filter.children())
        if (d.type() == pugi::node_element && f.type() == pugi::node_element)
          mark(d, f);
  }

  void copy_inside(pugi::xml_node data, pugi::xml_node result) const {
    for (auto d : data.children()) {
      if (whole_.count(d.internal_object()) > 0)
        adopt(result, d);
      else if (part_.count(d.internal_object()) > 0)
        copy_inside(d, adopt_shell(result, d));
    }
  }

private:
  bool mark(pugi::xml_node data, pugi::xml_node filter) {
    if (!has_name_of(data, filter))
      return false;
    if (is_content_match(filter)) {
      if (text_of(data) != text_of(filter))
        return false;
      whole_.insert(data.internal_object());
      return true;
    }
    auto found = has_elements(filter) ? mark_parts(data, filter) : all;
    if (found == all)
      whole_.insert(data.internal_object());
    else if (found == some)
      part_.insert(data.internal_object());
    return found != nothing;
  }

  enum amount { nothing, some, all };

  amount mark_parts(pugi::xml_node data, pugi::xml_node filter) {
    std::vector<pugi::xml_node> conditions, others;
    for (auto f : filter.children())
      if (f.type() == pugi::node_element)
        (is_content_match(f) ? conditions : others).push_back(f);
    // All must hold, before anything is marked.
    std::vector<pugi::xml_node> matches;
    for (auto f : conditions) {
      auto before = matches.size();
      for (auto d : data.children())
        if (d.type() == pugi::node_element && has_name_of(d, f)
            && text_of(d) == text_of(f))
          matches.push_back(d);
      if (matches.size() == before)
        return nothing;
    }
    if (others.empty())
      return all;
    auto found = !matches.empty();
    for (auto d : matches)
      whole_.insert(d.internal_object());
    for (auto d : data.children())
      for (auto f : others)
        if (d.type() == pugi::node_element)
          found |= mark(d, f);
    return found ? some : nothing;
  }

  std::set<void*> whole_, part_;
};

} // namespace

void select_subtree(pugi::xml_node data, pugi::xml_node filter,
                    pugi::xml_node result) {
  selection s;
  s.mark_inside(data, filter);
  s.copy_inside(data, result);
}

} // namespace tieline::lab::netconf
