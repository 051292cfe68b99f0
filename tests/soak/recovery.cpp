#include "recovery.hpp"

#include "support/transport_client.hpp"

#include <chrono>
#include <optional>

namespace tieline::soak {

namespace {

using maybe_connection = std::optional<connection_actor>;

class healer {
public:
  healer(caf::scoped_actor& self, const soak_context& on)
    : self_(self),
      on_(on) {
    // nop
  }

  void resume_all() {
    order(operation::resume, {});
    for (size_t i = 0; i < inventory::users; ++i)
      test::take<uint64_t>(
        compat::request(self_.ptr(), on_.manager, test::hang_limit,
                        clear_credential_atom_v, inventory::user_of(i)));
  }

  /// Returns why the device does not answer in time; empty: it does.
  caf::error check(size_t device) {
    caf::error why;
    auto answers = [&] {
      why = attempt(device);
      // What needs an operator to say so.
      if (auto code = code_of(why);
          code == errc::auth_failed || code == errc::host_key_changed)
        order(operation::reconnect, {on_.where.key(device).hostname});
      return !why;
    };
    test::eventually(answers, until_ - std::chrono::steady_clock::now());
    return why;
  }

  bool late() const {
    return std::chrono::steady_clock::now() > until_;
  }

private:
  void order(operation what, const selector& whom) {
    auto done = test::take<uint64_t>(
      compat::request(self_.ptr(), on_.manager, test::hang_limit,
                      operate_atom_v, what, whom, caf::timespan{0}));
    if (!done)
      on_.log.violation("order not carried out: " + describe(done.error()));
  }

  caf::error attempt(size_t device) {
    auto opened = test::take<maybe_connection>(compat::request(
      self_.ptr(), on_.manager, test::hang_limit, caf::open_atom_v,
      on_.where.key(device), on_.where.params(device), caf::timespan{0}));
    if (!opened)
      return opened.error();
    request what;
    what.body = "echo well";
    auto answer = test::take<reply>(compat::request(
      self_.ptr(), **opened, test::hang_limit, execute_atom_v, what));
    if (!answer)
      return answer.error();
    if (answer->output != "well\n")
      on_.log.violation("'echo well' was answered '" + answer->output + "'");
    return {};
  }

  caf::scoped_actor& self_;
  const soak_context& on_;
  std::chrono::steady_clock::time_point until_
    = std::chrono::steady_clock::now() + test::hang_limit;
};

} // namespace

std::vector<std::string> recover(caf::scoped_actor& self,
                                 const soak_context& on) {
  std::vector<std::string> result;
  healer h{self, on};
  h.resume_all();
  size_t unseen = 0;
  for (size_t i = 0; i < on.where.size(); ++i)
    if (h.late())
      ++unseen;
    else if (auto why = h.check(i))
      result.push_back(on.where.key(i).hostname
                       + " does not come back: " + describe(why));
  if (unseen > 0)
    result.push_back("no time was left to see to " + std::to_string(unseen)
                     + " devices");
  return result;
}

} // namespace tieline::soak
