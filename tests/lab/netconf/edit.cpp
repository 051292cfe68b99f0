#include "edit.hpp"

#include "xml.hpp"

#include <string_view>
#include <utility>

namespace tieline::lab::netconf {

namespace {

edit_operation operation_of(pugi::xml_node element, edit_operation inherited) {
  for (auto a : element.attributes()) {
    // Without a prefix it is no attribute of NETCONF, but many send that.
    std::string_view name = a.name();
    if (name != "operation"
        && (name.size() < 10 || name.substr(name.size() - 10) != ":operation"))
      continue;
    std::string_view value = a.value();
    if (value == "merge")
      return edit_operation::merge;
    if (value == "replace")
      return edit_operation::replace;
    if (value == "create")
      return edit_operation::create;
    if (value == "delete")
      return edit_operation::del;
    if (value == "remove")
      return edit_operation::remove;
    problem refused{"protocol", "bad-attribute", "no such operation"};
    refused.info = "<bad-attribute>operation</bad-attribute><bad-element>"
                   + std::string{local_name(element)} + "</bad-element>";
    throw refused.at(element);
  }
  return inherited;
}

class editor {
public:
  editor(const schema& known, bool go_on) : known_(known), go_on_(go_on) {
  }

  void edit_inside(pugi::xml_node target, pugi::xml_node config,
                   edit_operation inherited) {
    for (auto c : config.children()) {
      if (c.type() != pugi::node_element)
        continue;
      try {
        edit_one(target, c, operation_of(c, inherited));
      } catch (const problem& p) {
        if (!go_on_)
          throw;
        refused.push_back(p);
      }
    }
  }

  std::vector<problem> refused;

private:
  void edit_one(pugi::xml_node parent, pugi::xml_node wanted,
                edit_operation what) {
    auto there = counterpart(known_, parent, wanted);
    switch (what) {
      case edit_operation::none:
        if (!there)
          throw missing(wanted);
        edit_inside(there, wanted, what);
        break;
      case edit_operation::merge:
        if (there)
          merge(there, wanted);
        else
          insert(parent, wanted, what);
        break;
      case edit_operation::replace: {
        auto added = insert(parent, wanted, what);
        if (there) {
          parent.insert_move_after(added, there);
          parent.remove_child(there);
        }
        break;
      }
      case edit_operation::create:
        if (there)
          throw problem{"application", "data-exists", "it exists"}.at(wanted);
        insert(parent, wanted, what);
        break;
      case edit_operation::del:
        if (!there)
          throw missing(wanted);
        [[fallthrough]];
      case edit_operation::remove:
        if (there)
          parent.remove_child(there);
        break;
    }
  }

  static problem missing(pugi::xml_node wanted) {
    return problem{"application", "data-missing", "it does not exist"}.at(
      wanted);
  }

  void merge(pugi::xml_node there, pugi::xml_node wanted) {
    if (has_elements(wanted)) {
      edit_inside(there, wanted, edit_operation::merge);
    } else if (!has_elements(there)) {
      auto added = adopt(there.parent(), wanted);
      there.parent().insert_move_after(added, there);
      there.parent().remove_child(there);
    }
  }

  pugi::xml_node insert(pugi::xml_node parent, pugi::xml_node wanted,
                        edit_operation what) {
    if (!has_elements(wanted))
      return adopt(parent, wanted);
    auto added = adopt_shell(parent, wanted);
    // No half an element where something inside is refused; who goes on after
    // an error has asked for that, and nothing is thrown then.
    try {
      edit_inside(added, wanted, what);
    } catch (const problem&) {
      parent.remove_child(added);
      throw;
    }
    return added;
  }

  const schema& known_;
  bool go_on_;
};

} // namespace

std::vector<problem> edit(const schema& known, pugi::xml_document& target,
                          pugi::xml_node config, edit_operation by_default,
                          error_option on_error) {
  pugi::xml_document before;
  if (on_error == error_option::roll_back)
    before.reset(target);
  editor work{known, on_error == error_option::go_on};
  try {
    work.edit_inside(target, config, by_default);
  } catch (const problem& p) {
    work.refused.push_back(p);
    if (on_error == error_option::roll_back)
      target.reset(before);
  }
  return std::move(work.refused);
}

} // namespace tieline::lab::netconf
