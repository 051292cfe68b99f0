#include "membership/etcd_fixture.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <future>
#include <mutex>
#include <stdexcept>

namespace tieline::test {

using namespace std::chrono_literals;

cluster_settings short_leases(const std::string& url) {
  cluster_settings result;
  result.etcd = {url};
  result.lease = 3s;
  result.renew_interval = 500ms;
  result.close_before = 1s;
  result.look_interval = 100ms;
  return result;
}

cluster_node node_of(const std::string& name, double weight) {
  return {name, "127.0.0.1", 4711, weight, node_state::alive};
}

namespace {

http_options of_devices() {
  http_options result;
  result.verify = false;
  result.proxy = "http://127.0.0.1:1";
  result.ca_file = "/nowhere";
  result.http_version = http_version::http_2;
  return result;
}

} // namespace

etcd_fixture::etcd_fixture() : http_client(of_devices()) {
  // nop
}

etcd_fixture::~etcd_fixture() {
  for (const auto& x : all_)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  for (const auto& x : stores_)
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

coordinator_actor etcd_fixture::spawn(const std::string& name,
                                      const cluster_settings& how) {
  stores_.push_back(spawn_etcd_store(system(), how.access(), factory()));
  all_.push_back(spawn_etcd_coordinator(system(), name, how, stores_.back()));
  return all_.back();
}

coordinator_actor etcd_fixture::join(const std::string& name,
                                     const cluster_settings& how) {
  auto result = spawn(name, how);
  required(put(result, node_of(name)));
  return result;
}

caf::expected<void> etcd_fixture::put(const coordinator_actor& whom,
                                      const cluster_node& x) {
  return take<void>(begin<void>(whom, put_atom_v, x));
}

caf::expected<std::string> etcd_fixture::acquire(const coordinator_actor& whom,
                                                 uint32_t n) {
  return take<std::string>(begin<std::string>(whom, acquire_atom_v, n));
}

caf::expected<void> etcd_fixture::release(const coordinator_actor& whom,
                                          uint32_t n) {
  return take<void>(begin<void>(whom, release_atom_v, n));
}

caf::expected<std::string> etcd_fixture::owner(const coordinator_actor& whom,
                                               uint32_t n) {
  return take<std::string>(begin<std::string>(whom, caf::get_atom_v, n));
}

void etcd_fixture::crash(const coordinator_actor& whom) {
  end_with(whom, caf::exit_reason::kill);
}

void etcd_fixture::end(const coordinator_actor& whom) {
  end_with(whom, caf::exit_reason::user_shutdown);
}

void etcd_fixture::end_with(const coordinator_actor& whom,
                            caf::exit_reason reason) {
  auto over = std::make_shared<std::promise<void>>();
  whom->attach_functor([over](const caf::error&) { over->set_value(); });
  caf::anon_send_exit(whom, reason);
  if (over->get_future().wait_for(hang_limit) != std::future_status::ready)
    throw std::runtime_error("a coordinator does not end");
}

// -- the listener -------------------------------------------------------------

struct view_log::record {
  std::mutex mutex;
  std::vector<cluster_view> views;
  caf::error trouble;
  std::vector<caf::typed_response_promise<void>> waiting;
  bool eager;
};

namespace {

using full_listener = view_listener_actor::extend_with<trouble_listener_actor>;

template <class Record>
class view_log_state {
public:
  static inline const char* name = "test.view_log";

  view_log_state(full_listener::pointer self, std::shared_ptr<Record> shown)
    : self_(self),
      shown_(std::move(shown)) {
    // nop
  }

  full_listener::behavior_type make_behavior() {
    return {
      [this](const cluster_view& x) -> caf::result<void> {
        std::lock_guard guard{shown_->mutex};
        shown_->views.push_back(x);
        if (shown_->eager)
          return caf::unit;
        auto promise
          = self_->make_response_promise<caf::typed_response_promise<void>>();
        shown_->waiting.push_back(promise);
        return promise;
      },
      [this](explain_atom, const caf::error& trouble) {
        std::lock_guard guard{shown_->mutex};
        shown_->trouble = trouble;
      },
    };
  }

private:
  full_listener::pointer self_;
  std::shared_ptr<Record> shown_;
};

} // namespace

view_log::view_log(caf::actor_system& sys, bool eager)
  : record_(std::make_shared<record>()) {
  record_->eager = eager;
  using impl = full_listener::stateful_impl<view_log_state<record>>;
  handle_ = sys.spawn<impl>(record_);
}

view_log::~view_log() {
  end();
  std::lock_guard guard{record_->mutex};
  record_->waiting.clear();
}

void view_log::listen_to(etcd_fixture& fixture, const coordinator_actor& whom) {
  required(
    take<void>(fixture.begin<void>(whom, caf::subscribe_atom_v, handle_)));
}

std::vector<cluster_view> view_log::views() const {
  std::lock_guard guard{record_->mutex};
  return record_->views;
}

cluster_view view_log::last() const {
  auto all = views();
  return all.empty() ? cluster_view{} : all.back();
}

caf::error view_log::trouble() const {
  std::lock_guard guard{record_->mutex};
  return record_->trouble;
}

std::string view_log::names() const {
  std::string result;
  for (const auto& x : last().nodes)
    result += x.name + ' ';
  return result;
}

bool view_log::told(bool may_own) const {
  return eventually(
    [&] { return !views().empty() && last().may_own == may_own; });
}

bool view_log::shown(const std::string& names) const {
  return eventually([&] { return this->names() == names; });
}

void view_log::release() {
  std::lock_guard guard{record_->mutex};
  record_->eager = true;
  for (auto& x : record_->waiting)
    x.deliver();
  record_->waiting.clear();
}

void view_log::hold() {
  std::lock_guard guard{record_->mutex};
  record_->eager = false;
}

void view_log::end() {
  if (handle_)
    caf::anon_send_exit(handle_, caf::exit_reason::user_shutdown);
  handle_ = nullptr;
}

} // namespace tieline::test
