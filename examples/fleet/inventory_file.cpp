#include "fleet/inventory_file.hpp"

#include "fleet/plugins.hpp"

#include <tieline/messages/support/file.hpp>
#include <tieline/messages/support/printable.hpp>
#include <tieline/transports/http/http.hpp>

#include <strings.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace fleet {

namespace {

std::string kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Scalar:
      return "'" + node.Scalar() + "'";
    default:
      return "nothing";
  }
}

/// Returns whether fleet reads a node with this tag as its author meant it. An
/// application's own tags (`!vault`) change the meaning of what follows.
bool is_understood(std::string_view tag) {
  constexpr std::string_view own = "tag:yaml.org,2002:";
  constexpr std::string_view known[] = {"str",  "int", "float", "bool",
                                        "null", "seq", "map"};
  // What YAML calls non-specific: plain and quoted text.
  if (tag.empty() || tag == "?" || tag == "!")
    return true;
  return tag.substr(0, own.size()) == own
         && std::find(std::begin(known), std::end(known),
                      tag.substr(own.size()))
              != std::end(known);
}

/// A node together with what an error about it has to tell.
class field {
public:
  field(place where, std::string path, YAML::Node node)
    : where_(std::move(where)),
      path_(std::move(path)),
      node_(node) {
    // nop
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw inventory_error{where_, path_, problem};
  }

  const place& where() const {
    return where_;
  }

  std::string text() const {
    check_tag();
    if (!node_.IsScalar())
      fail("must be text, not " + kind_of(node_));
    return node_.Scalar();
  }

  // What is null counts as not written.

  /// Returns what people get to see, and what names a thing.
  std::string name() const {
    return named(text());
  }

  std::optional<std::string> optional_name() const {
    auto result = optional_text();
    if (result)
      named(*result);
    return result;
  }

  std::optional<std::string> optional_text() const {
    check_tag();
    if (node_.IsNull())
      return std::nullopt;
    return text();
  }

  std::optional<uint16_t> optional_port() const {
    auto str = optional_text();
    if (!str)
      return std::nullopt;
    uint16_t result = 0;
    auto last = str->data() + str->size();
    auto [end, code] = std::from_chars(str->data(), last, result);
    if (code != std::errc{} || end != last || result == 0)
      fail("must be a number from 1 to 65535, not " + kind_of(node_));
    return result;
  }

  std::vector<field> list() const {
    check_tag();
    if (!node_.IsSequence() && !node_.IsNull())
      fail("must be a list, not " + kind_of(node_));
    std::vector<field> result;
    for (auto item : node_)
      result.emplace_back(at(item), path_, item);
    return result;
  }

  /// Calls `f(name, value)` for each member of a map, in the file's order.
  template <class F>
  void each(F f) const {
    check_tag();
    if (!node_.IsMap() && !node_.IsNull())
      fail("must be a map, not " + kind_of(node_));
    std::set<std::string> seen;
    for (auto item : node_) {
      auto name = field{at(item.first), path_, item.first}.text();
      // The key tells the line: a null value has none.
      auto value = field{at(item.first),
                         path_.empty() ? name : path_ + '.' + name,
                         item.second};
      if (name.empty())
        value.fail("a name must not be empty");
      value.named(name);
      if (name == "<<")
        value.fail("merging maps is not supported");
      if (!seen.insert(name).second)
        value.fail("is there twice");
      f(name, value);
    }
  }

private:
  const std::string& named(const std::string& text) const {
    if (auto wrong = tieline::check_name(text); !wrong.empty())
      fail("the name " + wrong);
    return text;
  }

  void check_tag() const {
    if (!is_understood(node_.Tag()))
      fail("the tag '" + node_.Tag() + "' is not supported");
  }

  place at(const YAML::Node& node) const {
    return {where_.file, node.Mark().line + 1};
  }

  place where_;
  std::string path_;
  YAML::Node node_;
};

/// Reads one of the shared fields. Returns false if `name` is none of them.
bool read_shared(const std::string& name, const field& value, settings& into) {
  if (name == "hostname")
    into.hostname = value.optional_name();
  else if (name == "port")
    into.port = value.optional_port();
  else if (name == "username")
    into.username = value.optional_name();
  else if (name == "password") {
    if (auto text = value.optional_text())
      into.password = tieline::secret{*text};
  } else if (name == "platform")
    into.platform = value.optional_name();
  else if (name == "credential")
    into.credential = value.optional_name();
  else if (name == "jump") {
    into.jump = value.optional_name();
    into.jump_place = value.where();
  } else
    return false;
  if (into.credential && into.password)
    value.fail("contradicts "
               + std::string{name == "password" ? "credential" : "password"});
  return true;
}

void read_extras(const field& extras, std::string_view plugin, settings& into) {
  auto known = extras_of(plugin);
  extras.each([&](const std::string& written, const field& value) {
    auto text = value.optional_text();
    if (!text)
      return;
    // One of the two ways to write it, for layers to override each other.
    auto name = tieline::underscored(written);
    if (into.extras.count(name) + into.secrets.count(name) > 0)
      value.fail("is there with dashes, too");
    if (is_secret(name, plugin)) {
      into.secrets.emplace(name, *text);
      return;
    }
    if (plugin == "http" && tieline::is_header_extra(written)) {
      if (auto why = tieline::check_header_extra(written, *text); !why.empty())
        value.fail(why);
      into.extras.emplace(written, *text);
      return;
    }
    // Before the first connection, of which each would fail.
    if (!known.empty() && name != "credential")
      if (auto why = tieline::check_extra(name, *text, known); !why.empty())
        value.fail(why);
    into.extras.emplace(name, *text);
  });
}

/// @param plugin whose they are, if that is the one that is asked for
settings read_connection_options(const field& options,
                                 std::optional<std::string_view> plugin) {
  settings result;
  options.each([&](const std::string& name, const field& value) {
    if (read_shared(name, value, result))
      return;
    if (name != "extras")
      value.fail("unknown field");
    // Extras are the plugin's own: those of others may look any way.
    if (plugin)
      read_extras(value, *plugin, result);
  });
  return result;
}

enum class kind { host_or_group, defaults };

entry read_entry(std::string name, const field& node, kind what,
                 std::string_view plugin) {
  entry result;
  result.name = std::move(name);
  node.each([&](const std::string& key, const field& value) {
    if (read_shared(key, value, result.own))
      return;
    if (key == "groups" && what == kind::host_or_group) {
      for (auto& group : value.list())
        result.groups.push_back({group.name(), group.where()});
    } else if (key == "data") {
      value.each([](const std::string&, const field&) {});
    } else if (key == "connection_options") {
      value.each([&](const std::string& name, const field& options) {
        if (name == plugin)
          result.plugin = read_connection_options(options, plugin);
        else
          read_connection_options(options, std::nullopt);
      });
    } else {
      value.fail("unknown field");
    }
  });
  return result;
}

/// Notes where a document is.
class document_finder : public YAML::EventHandler {
public:
  std::optional<YAML::Mark> found;

  void OnDocumentStart(const YAML::Mark&) override {
    // nop
  }

  void OnDocumentEnd() override {
    // nop
  }

  void OnNull(const YAML::Mark& at, YAML::anchor_t) override {
    note(at);
  }

  void OnAlias(const YAML::Mark& at, YAML::anchor_t) override {
    note(at);
  }

  void OnScalar(const YAML::Mark& at, const std::string&, YAML::anchor_t,
                const std::string&) override {
    note(at);
  }

  void OnSequenceStart(const YAML::Mark& at, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    note(at);
  }

  void OnSequenceEnd() override {
    // nop
  }

  void OnMapStart(const YAML::Mark& at, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    note(at);
  }

  void OnMapEnd() override {
    // nop
  }

private:
  void note(const YAML::Mark& at) {
    if (!found)
      found = at;
  }
};

/// Returns where a second document begins, if there is one. YAML::LoadAll finds
/// one after the other, without end, in some texts that are none.
std::optional<YAML::Mark> second_document_of(const std::string& text) {
  std::istringstream in{text};
  YAML::Parser parser{in};
  document_finder first;
  document_finder second;
  if (parser.HandleNextDocument(first))
    parser.HandleNextDocument(second);
  return second.found;
}

field load(const std::filesystem::path& path) {
  std::ifstream in{path};
  std::string text;
  // It holds passwords, of which growing would leave copies behind.
  std::error_code unknown;
  auto size = file_size(path, unknown);
  text.reserve(unknown ? 0 : size + 1);
  // Unlike opening a folder, reading it fails.
  char part[4096];
  while (in.read(part, sizeof(part)) || in.gcount() > 0)
    text.append(part, static_cast<size_t>(in.gcount()));
  explicit_bzero(part, sizeof(part));
  if (!in.is_open() || in.bad())
    throw inventory_error{{path.string(), 0}, "", "cannot be read"};
  try {
    if (auto second = second_document_of(text))
      throw inventory_error{{path.string(), second->line + 1},
                            "",
                            "a second YAML document: there may be only one"};
    return {{path.string(), 1}, "", YAML::Load(text)};
  } catch (const YAML::Exception& ex) {
    throw inventory_error{{path.string(), ex.mark.line + 1}, "", ex.msg};
  }
}

std::string message(const place& where, const std::string& field,
                    const std::string& problem) {
  auto result = where.file + ':';
  if (where.line > 0)
    result += std::to_string(where.line) + ':';
  result += ' ';
  if (!field.empty())
    result += field + ": ";
  return tieline::printable(result + problem);
}

} // namespace

inventory_error::inventory_error(const place& where, const std::string& field,
                                 const std::string& problem)
  : std::runtime_error(message(where, field, problem)) {
  // nop
}

std::vector<std::string> loose_files(const std::filesystem::path& path) {
  std::vector<std::string> result;
  auto hosts = is_directory(path) ? path / "hosts.yaml" : path;
  for (const auto& file : {hosts, hosts.parent_path() / "groups.yaml",
                           hosts.parent_path() / "defaults.yaml"})
    if (tieline::open_to(tieline::everybody::writes, file.string()))
      result.push_back("everybody can change " + file.string());
  return result;
}

inventory_files read_inventory(const std::filesystem::path& path,
                               std::string_view plugin) {
  auto hosts = is_directory(path) ? path / "hosts.yaml" : path;
  auto groups = hosts.parent_path() / "groups.yaml";
  auto defaults = hosts.parent_path() / "defaults.yaml";
  inventory_files result;
  load(hosts).each([&](const std::string& name, const field& node) {
    result.hosts.push_back(read_entry(name, node, kind::host_or_group, plugin));
  });
  if (result.hosts.empty())
    throw inventory_error{{hosts.string(), 0}, "", "there are no hosts"};
  if (exists(groups))
    load(groups).each([&](const std::string& name, const field& node) {
      result.groups.emplace(name, read_entry(name, node, kind::host_or_group,
                                             plugin));
    });
  if (exists(defaults))
    result.defaults = read_entry("defaults", load(defaults), kind::defaults,
                                 plugin);
  return result;
}

} // namespace fleet
