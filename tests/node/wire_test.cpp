#include <tieline/actors/node/protocol.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/internal/stats.hpp>
#include <tieline/messages/internal/ticket.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <caf/load_inspector_base.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// All that crosses links, written down, so that it does not change unnoticed.

using namespace tieline;

namespace {

/// What a type looks like on the wire, in a number.
struct line {
  std::string_view type;
  /// The protocol_version that brought it.
  int since;
  uint64_t digest;
};

/// In the order of type ids.
const line written_down[] = {
  {"tieline::errc", 1, 0x5a22f0a4d18e9943},
  {"tieline::step", 4, 0x0ea986427d14b01d},
  {"tieline::connection_state", 1, 0x428ef33b517eb03e},
  {"tieline::connection_event", 1, 0x94f76f6743d08173},
  {"tieline::attempt_outcome", 1, 0xabf257a71bcbc18f},
  {"tieline::event_kind", 4, 0xd74fff4bf1409eb6},
  {"tieline::operation", 1, 0x104097cf82dc5173},
  {"tieline::notification_kind", 1, 0x3aac5b730364ae30},
  {"tieline::secret", 4, 0xf475bef910328e4f},
  {"tieline::failure", 4, 0x99920d18fd5e3231},
  {"tieline::connection_key", 1, 0x41b2c04ce8c5c449},
  {"tieline::connection_params", 4, 0xcaa1fccb36185ee9},
  {"tieline::connection_counters", 1, 0x0944808048500062},
  {"tieline::connection_status", 4, 0xb80327e6b3fa1b89},
  {"tieline::request", 1, 0xbec7197915f202a6},
  {"tieline::reply", 1, 0xed28e55265af4b37},
  {"tieline::chunk", 1, 0x426e2221e988bedc},
  {"tieline::notification", 4, 0x8dfcfaa5a4cb1982},
  {"tieline::guarded_change", 1, 0x8c95dcdcedf479ad},
  {"tieline::open_item", 4, 0x110ffb93095b20b9},
  {"tieline::open_outcome", 4, 0xfce02e157c227622},
  {"tieline::session_traits", 4, 0x6a05579913aa7346},
  {"tieline::selector", 1, 0x4224d52afb37a9ae},
  {"tieline::lifecycle_event", 4, 0xe0a28cdb916b9c7b},
  {"tieline::ticket", 1, 0xd1ced6b563597841},
  {"tieline::admission_status", 4, 0x782be60bfe4d19ef},
  {"tieline::explanation", 4, 0xd7b8b108d9a59d3b},
  {"tieline::plugin_traits", 3, 0x27ad7242665eb80a},
  {"tieline::node_state", 3, 0x874018a597a79600},
  {"tieline::node_status", 4, 0x651137211c81c3a2},
  {"tieline::cluster_node", 3, 0xffe313a9ccdc1017},
  {"tieline::cluster_view", 3, 0xe831f39ea49d0781},
  {"std::optional<tieline::connection_counters>", 3, 0xeae862196e91c6fa},
  {"std::optional<tieline::connection_status>", 4, 0xc5bc25cefcb85e41},
  {"std::optional<tieline::explanation>", 4, 0x856ef332464c56e8},
  {"std::vector<tieline::connection_key>", 3, 0xf800028ec09d5c5d},
  {"std::vector<tieline::connection_status>", 4, 0xd51abac5a03973c5},
  {"std::vector<tieline::open_item>", 4, 0xb99eec6a3301d682},
  {"std::vector<tieline::open_outcome>", 4, 0xd8410f69f99956f3},
  {"std::vector<tieline::node_status>", 4, 0xa76427cda9f68211},
  {"std::map<std::string, tieline::connection_counters>", 3,
   0x0e4953907afb7642},
  {"tieline::acquire_atom", 3, 0x07ee7f07b4b193d6},
  {"tieline::arm_atom", 3, 0x07ee7e07b4b19223},
  {"tieline::clear_credential_atom", 3, 0x07ee7d07b4b19070},
  {"tieline::close_all_atom", 3, 0x07ee8407b4b19c55},
  {"tieline::closed_atom", 3, 0x07ee8307b4b19aa2},
  {"tieline::closing_atom", 3, 0x07ee8207b4b198ef},
  {"tieline::count_atom", 3, 0x07ee8107b4b1973c},
  {"tieline::counters_atom", 3, 0x07ee8807b4b1a321},
  {"tieline::dialed_atom", 3, 0x07ee8707b4b1a16e},
  {"tieline::opener_actor", 3, 0x168ebae233e28cec},
  {"tieline::operator_actor", 3, 0x6ddd141b0277f35c},
  {"tieline::plugin_registry_actor", 3, 0x4c686fd9970061f0},
  {"tieline::evict_atom", 3, 0x07eafa07b4ae7c00},
  {"tieline::execute_atom", 3, 0x07eafb07b4ae7db3},
  {"tieline::explain_atom", 3, 0x07eafc07b4ae7f66},
  {"tieline::get_or_create_atom", 3, 0x07eafd07b4ae8119},
  {"tieline::hand_over_atom", 3, 0x07eafe07b4ae82cc},
  {"tieline::idle_atom", 3, 0x07eaff07b4ae847f},
  {"tieline::insert_atom", 3, 0x07eb0007b4ae8632},
  {"tieline::join_atom", 3, 0x07eb0107b4ae87e5},
  {"tieline::leave_atom", 3, 0x07eb0207b4ae8998},
  {"tieline::local_atom", 3, 0x07eb0307b4ae8b4b},
  {"tieline::make_atom", 3, 0x07f58c07b4b7c89b},
  {"tieline::node_atom", 3, 0x07f58b07b4b7c6e8},
  {"tieline::nodes_atom", 3, 0x07f58e07b4b7cc01},
  {"tieline::operate_atom", 3, 0x07f58d07b4b7ca4e},
  {"tieline::outcome_atom", 3, 0x07f59007b4b7cf67},
  {"tieline::probe_atom", 3, 0x07f58f07b4b7cdb4},
  {"tieline::put_atom", 3, 0x07f59207b4b7d2cd},
  {"tieline::release_atom", 3, 0x07f59107b4b7d11a},
  {"tieline::remove_factory_atom", 3, 0x07f58407b4b7bb03},
  {"tieline::reset_atom", 3, 0x07f58307b4b7b950},
  {"tieline::resolve_atom", 3, 0x07f20607b4b4af12},
  {"tieline::set_factory_atom", 3, 0x07f20707b4b4b0c5},
  {"tieline::share_atom", 3, 0x07f20407b4b4abac},
  {"tieline::shutdown_atom", 3, 0x07f20507b4b4ad5f},
  {"tieline::status_atom", 3, 0x07f20207b4b4a846},
  {"tieline::subsystem_atom", 3, 0x07f20307b4b4a9f9},
  {"tieline::traits_atom", 3, 0x07f20007b4b4a4e0},
  {"tieline::transport_actor", 3, 0xb4bd2bb3e1e60fc2},
  {"tieline::step_listener_actor", 3, 0x934819b424b79e77},
  {"tieline::factory_actor", 3, 0x6f81f496194ed328},
  {"tieline::connection_actor", 3, 0xde8de4e8c6e8ef04},
  {"tieline::manager_actor", 3, 0xf6009ba88d9f7644},
  {"tieline::member_actor", 3, 0xbf87878f063a5b13},
  {"tieline::router_actor", 3, 0x19e90ed8207a72a3},
  {"tieline::listener_actor", 3, 0xbf8d7b1ad975f414},
  {"tieline::view_listener_actor", 3, 0x34f0a3bf6fb87668},
  {"tieline::sink_actor", 3, 0x397b98fa079fcb6c},
  {"tieline::notification_sink", 3, 0x3a07c97af16666cc},
  {"tieline::subscription_actor", 3, 0x2fe4b0827bdb3054},
  {"tieline::verifier_actor", 3, 0x82ed1e56132219ef},
  {"tieline::guardian_actor", 3, 0xa3aecc6e890cecc7},
  {"std::optional<tieline::transport_actor>", 3, 0xb015084ffc9a4bd5},
  {"std::optional<tieline::connection_actor>", 3, 0x56dfd4f4cb09f0c6},
  {"tieline::hold", 1, 0xb16026325b6ee831},
  {"tieline::waits_for", 4, 0x45e9761fc522f12b},
  {"tieline::breaker_state", 1, 0x126612400ebfdebb},
};

/// Fills all fields with values that differ, and notes their names: two fields
/// of one type that changed places look the same otherwise.
class filler : public caf::load_inspector_base<filler> {
public:
  static constexpr bool has_human_readable_format() noexcept {
    return false;
  }

  bool begin_object(caf::type_id_t, compat::string_view) {
    return true;
  }

  bool end_object() {
    return true;
  }

  bool begin_field(compat::string_view name) {
    names_.append(name.data(), name.size()) += '\n';
    return true;
  }

  bool begin_field(compat::string_view name, bool& is_present) {
    is_present = true;
    return begin_field(name);
  }

  bool end_field() {
    return true;
  }

  bool begin_sequence(size_t& size) {
    size = 2;
    return true;
  }

  bool end_sequence() {
    return true;
  }

  bool begin_associative_array(size_t& size) {
    size = 2;
    return true;
  }

  bool end_associative_array() {
    return true;
  }

  bool begin_key_value_pair() {
    return true;
  }

  bool end_key_value_pair() {
    return true;
  }

  bool value(bool& x) {
    x = true;
    return true;
  }

  bool value(std::string& x) {
    x = "value " + std::to_string(++last_);
    return true;
  }

  template <class T>
  std::enable_if_t<std::is_arithmetic_v<T>, bool> value(T& x) {
    x = static_cast<T>(++last_);
    return true;
  }

  template <class T>
  std::enable_if_t<std::is_enum_v<T>, bool> builtin_inspect(T& x) {
    x = static_cast<T>(std::size(names_of<T>::values) - 1);
    return true;
  }

  bool builtin_inspect(caf::error& x) {
    failure context;
    if (!apply(context))
      return false;
    x = make_error(errc::operation_failed, std::move(context));
    return true;
  }

  /// One that is somebody's names its node, which is never the same.
  template <class... Signatures>
  bool builtin_inspect(caf::typed_actor<Signatures...>&) {
    return true;
  }

  const std::string& names() const noexcept {
    return names_;
  }

private:
  uint8_t last_ = 0;
  std::string names_;
};

template <class T>
constexpr bool is_interface = false;

template <class... Signatures>
constexpr bool is_interface<caf::typed_actor<Signatures...>> = true;

/// FNV-1a.
class digest {
public:
  template <class Bytes>
  void add(const Bytes& bytes) {
    for (auto byte : bytes)
      value_ = (value_ ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  }

  uint64_t value() const noexcept {
    return value_;
  }

private:
  uint64_t value_ = 0xcbf29ce484222325;
};

struct fixture {
  fixture() : enabled(prepare()), sys(cfg) {
    // nop
  }

  ~fixture() {
    secret::permit_serialization(false);
  }

  static bool prepare() {
    init();
    secret::permit_serialization(true);
    return true;
  }

  /// @param offset from the first type id of tieline
  template <class T>
  void add(std::string_view name, size_t offset) {
    digest made;
    made.add(std::to_string(offset));
    if constexpr (is_interface<T>) {
      for (const auto& signature : sys.message_types<T>())
        made.add(signature + '\n');
    } else if constexpr (std::is_enum_v<T>) {
      // A number on the wire: what it means are the names.
      for (auto value : names_of<T>::values)
        made.add(std::string{value} + '\n');
    } else {
      T sample;
      filler fill;
      BOOST_REQUIRE_MESSAGE(fill.apply(sample), name << " cannot be filled");
      caf::byte_buffer buffer;
      caf::binary_serializer sink{sys, buffer};
      BOOST_REQUIRE_MESSAGE(sink.apply(sample), name << " cannot be sent");
      made.add(buffer);
      made.add(fill.names());
    }
    now.push_back({name, 0, made.value()});
  }

  template <caf::type_id_t First, size_t... Is>
  void add_all(std::index_sequence<Is...>) {
    (add<caf::type_by_id_t<First + Is>>(
       caf::type_name_by_id_v<First + Is>.data(), Is),
     ...);
  }

  bool enabled;
  caf::actor_system_config cfg;
  caf::actor_system sys;
  std::vector<line> now;
};

std::string print(const line& x) {
  char digits[20];
  std::snprintf(digits, sizeof(digits), "0x%016llx",
                static_cast<unsigned long long>(x.digest));
  return "{\"" + std::string{x.type} + "\", " + std::to_string(x.since) + ", "
         + digits + "},";
}

} // namespace

BOOST_AUTO_TEST_SUITE(wire_test)

BOOST_FIXTURE_TEST_CASE(the_wire_does_not_change_unnoticed, fixture) {
  constexpr auto first = caf::id_block::tieline::begin;
  constexpr auto end = caf::id_block::tieline_actors::end;
  static_assert(caf::id_block::tieline::end
                == caf::id_block::tieline_actors::begin);
  add_all<first>(std::make_index_sequence<end - first>{});
  // Those that have no type id are parts of others.
  add<hold>("tieline::hold", 0);
  add<waits_for>("tieline::waits_for", 0);
  add<breaker_state>("tieline::breaker_state", 0);
  int last_change = 0;
  std::map<std::string_view, line> known;
  for (const auto& x : written_down) {
    known[x.type] = x;
    last_change = std::max(last_change, x.since);
  }
  // Where this is raised already, no need to do so once more.
  auto next = std::max(last_change + 1, protocol_version);
  auto raise = "raise protocol_version in actors/node/protocol.hpp to "
               + std::to_string(next);
  for (auto& x : now) {
    auto i = known.find(x.type);
    if (i == known.end() || i->second.digest != x.digest) {
      x.since = next;
      BOOST_ERROR("the wire has changed: "
                  << raise << ", and put this line "
                  << (i == known.end() ? "in its place" : "in place of the old")
                  << " here:\n  " << print(x));
    }
    known.erase(x.type);
  }
  for (const auto& [type, x] : known)
    BOOST_ERROR("the wire has changed: "
                << raise << ", and remove this line here:\n  " << print(x));
  BOOST_CHECK_MESSAGE(last_change == protocol_version,
                      "protocol_version is "
                        << protocol_version
                        << ", but the lines here say that the wire changed "
                           "with version "
                        << last_change);
}

BOOST_AUTO_TEST_SUITE_END()
