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
  {"tieline::errc", 4, 0x016c413c5708d6d6},
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
  {"tieline::connection_params", 4, 0xe38b4798884410d7},
  {"tieline::connection_counters", 1, 0x0944808048500062},
  {"tieline::connection_status", 4, 0x60ce1e01030a55b0},
  {"tieline::request", 4, 0x418dbf5bc4905ba3},
  {"tieline::reply", 4, 0x25e830083c3663c4},
  {"tieline::chunk", 4, 0xe92100103b1be21f},
  {"tieline::notification", 4, 0xd13a27e16dca9808},
  {"tieline::guarded_change", 4, 0xbefa1578d80bfa88},
  {"tieline::open_item", 4, 0xad4ef740f6df503e},
  {"tieline::open_outcome", 4, 0x78b338b1d6766f8c},
  {"tieline::session_traits", 4, 0x841836e84440c0dc},
  {"tieline::selector", 4, 0xea52da330cbbf56b},
  {"tieline::lifecycle_event", 4, 0x5f50b34371af8211},
  {"tieline::ticket", 4, 0xf74b4ec9cf25e608},
  {"tieline::admission_status", 4, 0x06176a68f98f1481},
  {"tieline::explanation", 4, 0x2c2a6349c0f5c0e5},
  {"tieline::plugin_traits", 4, 0x6cf1a20cae9b252f},
  {"tieline::node_state", 4, 0xe12231010a9d9439},
  {"tieline::node_status", 4, 0x6be6e08b9aaecf43},
  {"tieline::cluster_node", 4, 0x38951e89bf1be00a},
  {"tieline::cluster_view", 4, 0xd8eb17bd99e8a258},
  {"std::optional<tieline::connection_counters>", 4, 0xaccb194423f048b5},
  {"std::optional<tieline::connection_status>", 4, 0xb2e3bf3d9e9e0edd},
  {"std::optional<tieline::explanation>", 4, 0x997d3375f6246d2e},
  {"std::vector<tieline::connection_key>", 4, 0x24b5bb0c20aefd76},
  {"std::vector<tieline::connection_status>", 4, 0xf99a499143331014},
  {"std::vector<tieline::open_item>", 4, 0xbca6fb8b23044135},
  {"std::vector<tieline::open_outcome>", 4, 0xf3646a87478d9102},
  {"std::vector<tieline::node_status>", 4, 0xdbcdf148b07cc598},
  {"std::map<std::string, tieline::connection_counters>", 4,
   0xacd97ff66203b0a0},
  {"tieline::acquire_atom", 4, 0x07ee7d07b4b19070},
  {"tieline::arm_atom", 4, 0x07ee8407b4b19c55},
  {"tieline::clear_credential_atom", 4, 0x07ee8207b4b198ef},
  {"tieline::close_all_atom", 4, 0x07ee8107b4b1973c},
  {"tieline::closed_atom", 4, 0x07ee8807b4b1a321},
  {"tieline::closing_atom", 4, 0x07ee8707b4b1a16e},
  {"tieline::count_atom", 4, 0x07eafa07b4ae7c00},
  {"tieline::counters_atom", 4, 0x07eafb07b4ae7db3},
  {"tieline::dialed_atom", 4, 0x07eafc07b4ae7f66},
  {"tieline::opener_actor", 4, 0xd7229b385e8ea100},
  {"tieline::operator_actor", 4, 0x2a9aa8209b2a8c40},
  {"tieline::plugin_registry_actor", 4, 0xc57cb4c8344a0a74},
  {"tieline::connection_summary", 4, 0x3b47a0330651b139},
  {"std::vector<tieline::explanation>", 4, 0xf1698c38d3868c33},
  {"tieline::cancel_atom", 4, 0x07ee8307b4b19aa2},
  {"tieline::summary_atom", 4, 0x07f20f07b4b4be5d},
  {"tieline::evict_atom", 4, 0x07eafd07b4ae8119},
  {"tieline::execute_atom", 4, 0x07eafe07b4ae82cc},
  {"tieline::explain_atom", 4, 0x07eaff07b4ae847f},
  {"tieline::get_or_create_atom", 4, 0x07eb0007b4ae8632},
  {"tieline::hand_over_atom", 4, 0x07eb0107b4ae87e5},
  {"tieline::idle_atom", 4, 0x07eb0207b4ae8998},
  {"tieline::insert_atom", 4, 0x07eb0307b4ae8b4b},
  {"tieline::join_atom", 4, 0x07f58c07b4b7c89b},
  {"tieline::leave_atom", 4, 0x07f58b07b4b7c6e8},
  {"tieline::local_atom", 4, 0x07f58e07b4b7cc01},
  {"tieline::make_atom", 4, 0x07f58d07b4b7ca4e},
  {"tieline::node_atom", 4, 0x07f59007b4b7cf67},
  {"tieline::nodes_atom", 4, 0x07f58f07b4b7cdb4},
  {"tieline::operate_atom", 4, 0x07f59207b4b7d2cd},
  {"tieline::outcome_atom", 4, 0x07f59107b4b7d11a},
  {"tieline::probe_atom", 4, 0x07f58407b4b7bb03},
  {"tieline::put_atom", 4, 0x07f58307b4b7b950},
  {"tieline::release_atom", 4, 0x07f20607b4b4af12},
  {"tieline::remove_factory_atom", 4, 0x07f20707b4b4b0c5},
  {"tieline::reset_atom", 4, 0x07f20407b4b4abac},
  {"tieline::resolve_atom", 4, 0x07f20507b4b4ad5f},
  {"tieline::set_factory_atom", 4, 0x07f20207b4b4a846},
  {"tieline::share_atom", 4, 0x07f20307b4b4a9f9},
  {"tieline::shutdown_atom", 4, 0x07f20007b4b4a4e0},
  {"tieline::status_atom", 4, 0x07f20107b4b4a693},
  {"tieline::subsystem_atom", 4, 0x07f20e07b4b4bcaa},
  {"tieline::traits_atom", 4, 0x08178807b4d4a835},
  {"tieline::transport_actor", 4, 0xeffd4c9553e7787b},
  {"tieline::step_listener_actor", 4, 0x1d61ccda3c0b891a},
  {"tieline::factory_actor", 4, 0xf889e11506c14d0d},
  {"tieline::connection_actor", 4, 0x037691be2b721b60},
  {"tieline::manager_actor", 4, 0x1501567b0ab7b552},
  {"tieline::member_actor", 4, 0x3f4b720d09eabe4d},
  {"tieline::router_actor", 4, 0xfb8a4c5b2996f586},
  {"tieline::listener_actor", 4, 0x163528dc32e628b5},
  {"tieline::view_listener_actor", 4, 0xde5a363132cac043},
  {"tieline::sink_actor", 4, 0xeb26bf3170d62ced},
  {"tieline::notification_sink", 4, 0xb09f0d30d7e07e98},
  {"tieline::subscription_actor", 4, 0xe25b4584754a0f48},
  {"tieline::verifier_actor", 4, 0xb5ffb578c1b93dc3},
  {"tieline::guardian_actor", 4, 0x2d071051d2ca433b},
  {"std::optional<tieline::transport_actor>", 4, 0xe7b145f1767a92e1},
  {"std::optional<tieline::connection_actor>", 4, 0x03142a25ac8ec502},
  {"tieline::hold", 1, 0xb16026325b6ee831},
  {"tieline::waits_for", 4, 0xfcbdbfbe0d01c17f},
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
    pair_ = 0;
    return true;
  }

  bool begin_key_value_pair() {
    ++pair_;
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
    // Two keys of a map must differ.
    x = static_cast<T>(std::size(names_of<T>::values) - std::max(pair_, 1));
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
  int pair_ = 0;
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
