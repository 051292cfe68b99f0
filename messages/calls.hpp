#pragma once

/// @file
/// The messages of connections and managers as functions, for actors and
/// `caf::scoped_actor`. Each returns a @ref pending_answer, whose functions
/// `then`, `await` and `receive` have CAF's meaning. Times are of any
/// std::chrono duration; where none is given, the settings hold. A time that is
/// zero or less is over at once.
///
/// tieline answers each request by its own deadlines, which also say how far a
/// request came. A timeout of CAF's own would end the waiting only and leave
/// the request running, so these functions set none.

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline {

namespace detail {

template <class Self, class = void>
struct is_self : std::false_type {};

template <class Self>
struct is_self<Self, std::void_t<decltype(std::declval<Self&>()->system()),
                                 decltype(std::declval<Self&>()->new_request_id(
                                   caf::message_priority::normal))>>
  : std::true_type {};

template <class T>
inline constexpr bool is_self_v = is_self<std::decay_t<T>>::value;

template <class T, class = void>
struct is_handle : std::false_type {};

template <class T>
struct is_handle<T, std::void_t<decltype(std::declval<T&>().address())>>
  : std::true_type {};

/// Keeps these functions away from calls that mean others, as `::open`.
template <class T>
using if_asker
  = std::enable_if_t<is_self_v<T> || is_handle<std::decay_t<T>>::value>;

template <class T>
struct is_duration : std::false_type {};

template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <class T>
inline constexpr bool is_time = is_duration<std::decay_t<T>>::value;

// By name: on CAF 0.18 any typed handle counts as convertible to any other.
template <class T>
inline constexpr bool is_manager
  = std::is_same_v<
      T,
      manager_actor> || std::is_same_v<T, router_actor> || std::is_same_v<T, member_actor>;

template <class T>
inline constexpr bool is_opener
  = is_manager<T> || std::is_same_v<T, opener_actor>;

template <class T>
inline constexpr bool is_operator
  = is_manager<T> || std::is_same_v<T, operator_actor>;

template <class T>
inline constexpr bool is_plugin_registry
  = is_manager<T> || std::is_same_v<T, plugin_registry_actor>;

template <class T>
inline constexpr bool is_connection = std::is_same_v<T, connection_actor>;

template <class T>
inline constexpr bool is_key = std::is_convertible_v<T, connection_key>;

template <class T>
inline constexpr bool is_params = std::is_convertible_v<T, connection_params>;

template <class T>
inline constexpr bool is_request
  = std::is_convertible_v<T, request> || std::is_convertible_v<T, std::string>;

/// What a call with a mistake returns, so that its first error is the last.
struct mistake {
  template <class... Ts>
  void then(const Ts&...) const {
    // nop
  }

  template <class... Ts>
  void await(const Ts&...) const {
    // nop
  }

  template <class... Ts>
  void receive(const Ts&...) const {
    // nop
  }
};

template <class Rep, class Period>
caf::timespan given_time(std::chrono::duration<Rep, Period> x) {
  // Zero stands for the settings in a message.
  return std::max(std::chrono::duration_cast<caf::timespan>(x),
                  caf::timespan{1});
}

template <class T>
request request_of(T&& what) {
  if constexpr (std::is_convertible_v<T, request>) {
    return std::forward<T>(what);
  } else {
    request result;
    result.body = std::forward<T>(what);
    return result;
  }
}

} // namespace detail

/// The answer to come: a `T`, or an error.
template <class T, class Response>
class pending_answer {
public:
  explicit pending_answer(Response response) : response_(std::move(response)) {
    // nop
  }

  /// Calls `on_value` with the `T` (without argument for void), or `on_error`
  /// with the `caf::error`, as a message of its own.
  template <class F, class E>
  void then(F on_value, E on_error) {
    if constexpr (fit<F, E>()) {
      auto done = taking(std::move(on_value), on_error);
      std::move(response_).then(std::move(done), failing(std::move(on_error)));
    }
  }

  /// Does the same, and takes no other message before.
  template <class F, class E>
  void await(F on_value, E on_error) {
    if constexpr (fit<F, E>()) {
      auto done = taking(std::move(on_value), on_error);
      std::move(response_).await(std::move(done), failing(std::move(on_error)));
    }
  }

  /// Does the same while the blocking actor waits.
  template <class F, class E>
  void receive(F on_value, E on_error) {
    if constexpr (fit<F, E>()) {
      auto done = taking(std::move(on_value), on_error);
      std::move(response_).receive(std::move(done),
                                   failing(std::move(on_error)));
    }
  }

  /// Waits in a blocking actor and returns what came.
  caf::expected<T> receive() {
    auto result = std::make_shared<std::optional<caf::expected<T>>>();
    auto failed = [result](const caf::error& x) { result->emplace(x); };
    if constexpr (std::is_void_v<T>)
      receive([result] { result->emplace(); }, failed);
    else
      receive([result](T& x) { result->emplace(std::move(x)); }, failed);
    return std::move(**result);
  }

  template <class F>
  void then(F) {
    need_error_handler<F>();
  }

  template <class F>
  void await(F) {
    need_error_handler<F>();
  }

private:
  template <class F>
  static constexpr void need_error_handler() {
    static_assert(!std::is_same_v<F, F>,
                  "a second function is needed, which takes a const "
                  "caf::error&: an error would be lost else");
  }

  template <class F, class... Ts>
  static constexpr bool takes
    = std::is_invocable_v<F&, Ts&...> || std::is_invocable_v<F&, Ts...>;

  template <class F>
  static constexpr bool takes_value() {
    if constexpr (std::is_void_v<T>)
      return std::is_invocable_v<F&>;
    else
      return takes<F, T>;
  }

  template <class F, class E>
  static constexpr bool fit() {
    static_assert(takes_value<F>(),
                  "the first function does not take what is answered: the T of "
                  "tieline::pending_answer<T, ...>; nothing if that is void");
    static_assert(takes<E, caf::error>,
                  "the second function does not take a const caf::error&");
    return takes_value<F>() && takes<E, caf::error>;
  }

  template <class F, class X>
  static void call(F& f, X& x) {
    if constexpr (std::is_invocable_v<F&, X>)
      f(std::move(x));
    else
      f(x);
  }

  template <class F, class E>
  static auto taking(F f, const E& e) {
    if constexpr (std::is_void_v<T>) {
      return [f = std::move(f)]() mutable { f(); };
    } else if constexpr (std::is_same_v<T, connection_actor>) {
      return [f = std::move(f), e](std::optional<T>& x) mutable {
        if (x) {
          call(f, *x);
        } else {
          auto none = make_error(errc::factory_not_set, {});
          call(e, none);
        }
      };
    } else {
      return [f = std::move(f)](T& x) mutable { call(f, x); };
    }
  }

  template <class E>
  static auto failing(E e) {
    return [e = std::move(e)](caf::error& x) mutable { call(e, x); };
  }

  Response response_;
};

namespace detail {

/// Sends a request for a `T`.
template <class T, class Self, class To, class... Ts>
auto ask(Self& self, const To& to, Ts&&... xs) {
  auto response = compat::request(&*self, to, caf::infinite,
                                  std::forward<Ts>(xs)...);
  return pending_answer<T, decltype(response)>{std::move(response)};
}

template <class Self, bool Right>
constexpr bool asks() {
  static_assert(is_self_v<Self>,
                "the first argument is the actor that asks: self");
  static_assert(Right || !is_self_v<Self>,
                "the second argument is the actor that is asked: a manager, a "
                "router or a connection, as the function takes them");
  return is_self_v<Self> && Right;
}

template <class Key>
constexpr bool names_a_key() {
  static_assert(is_key<Key>,
                "the key is a connection_key, as connection_key{\"r1\", "
                "\"ssh\"}");
  return is_key<Key>;
}

template <class Params>
constexpr bool has_params() {
  static_assert(is_params<Params>, "the params are connection_params");
  return is_params<Params>;
}

template <class Request>
constexpr bool has_request() {
  static_assert(is_request<Request>,
                "what to execute is a request, or a text as its body");
  return is_request<Request>;
}

template <class... Times>
constexpr bool has_time() {
  static_assert(sizeof...(Times) <= 1, "there are too many arguments");
  static_assert((is_time<Times> && ...),
                "the time is a duration, as std::chrono::seconds{5}; without "
                "one the settings hold");
  return sizeof...(Times) <= 1 && (is_time<Times> && ...);
}

template <class Self, class To, class Params, class... Time>
auto open_session(Self& self, const To& to, Params&& params, Time... time) {
  if constexpr (has_params<Params>() && has_time<Time...>())
    return ask<void>(self, to, caf::open_atom_v,
                     connection_params(std::forward<Params>(params)),
                     given_time(time)...);
  else
    return mistake{};
}

template <class Self, class To, class Items, class... Time>
auto open_items(Self& self, const To& to, Items&& items, Time... time) {
  if constexpr (has_time<Time...>())
    return ask<std::vector<open_outcome>>(
      self, to, caf::open_atom_v,
      std::vector<open_item>(std::forward<Items>(items)), given_time(time)...);
  else
    return mistake{};
}

template <class Self, class To, class Key, class Params, class... Time>
auto open_key(Self& self, const To& to, Key&& key, Params&& params,
              Time... time) {
  if constexpr (names_a_key<Key>() && has_params<Params>()
                && has_time<Time...>())
    return ask<connection_actor>(
      self, to, caf::open_atom_v, connection_key(std::forward<Key>(key)),
      connection_params(std::forward<Params>(params)), given_time(time)...);
  else
    return mistake{};
}

/// Returns the request with the time, if one is given.
template <class Request, class... Time>
request timed(Request&& what, Time... time) {
  auto result = request_of(std::forward<Request>(what));
  ((result.timeout = given_time(time)), ...);
  return result;
}

template <class Self, class Request, class... Time>
auto execute_there(Self& self, const connection_actor& to, Request&& what,
                   Time... time) {
  if constexpr (has_request<Request>() && has_time<Time...>())
    return ask<reply>(self, to, execute_atom_v,
                      timed(std::forward<Request>(what), time...));
  else
    return mistake{};
}

template <class Self, class To, class Key, class Params, class Request,
          class... Time>
auto execute_key(Self& self, const To& to, Key&& key, Params&& params,
                 Request&& what, Time... time) {
  if constexpr (names_a_key<Key>() && has_params<Params>()
                && has_request<Request>() && has_time<Time...>())
    return ask<reply>(self, to, execute_atom_v,
                      connection_key(std::forward<Key>(key)),
                      connection_params(std::forward<Params>(params)),
                      timed(std::forward<Request>(what), time...));
  else
    return mistake{};
}

/// Whether arguments are what a message wants.
template <class Wanted, class Given>
struct fits : std::false_type {};

template <class... Ws, class... Gs>
struct fits<std::tuple<Ws...>, std::tuple<Gs...>> {
  static constexpr bool check() {
    if constexpr (sizeof...(Ws) != sizeof...(Gs))
      return false;
    else
      return (std::is_convertible_v<Gs, Ws> && ...);
  }

  static constexpr bool value = check();
};

/// Asks for a `T` with arguments of these types.
template <class T, class... Ws, class Self, class To, class Atom, class... Gs>
auto ask_with(Self& self, const To& to, Atom atom, Gs&&... xs) {
  constexpr auto right = fits<std::tuple<Ws...>, std::tuple<Gs...>>::value;
  static_assert(right, "the arguments are not those of the message: see the "
                       "comment of the function");
  if constexpr (right)
    return ask<T>(self, to, atom, Ws(std::forward<Gs>(xs))...);
  else
    return mistake{};
}

template <class T>
inline constexpr bool is_items
  = std::is_convertible_v<T, std::vector<open_item>>;

template <class T>
inline constexpr bool is_selector = std::is_same_v<std::decay_t<T>, selector>;

template <class... Ts>
using first_of = std::tuple_element_t<0, std::tuple<Ts...>>;

} // namespace detail

/// Opens a connection or many:
/// - `open(self, connection, params[, time])` answers nothing,
/// - `open(self, manager, key, params[, time])` answers the connection, or
///   `errc::factory_not_set` if no factory makes one for the key,
/// - `open(self, manager, items[, time])` with a vector of open_item answers a
///   vector of open_outcome.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto open(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_opener < To >> ()) {
    return detail::mistake{};
  } else if constexpr (there && sizeof...(Ts) >= 1) {
    return detail::open_session(self, to, std::forward<Ts>(xs)...);
  } else if constexpr (detail::is_items<detail::first_of<Ts..., int>>) {
    return detail::open_items(self, to, std::forward<Ts>(xs)...);
  } else if constexpr (sizeof...(Ts) >= 2) {
    return detail::open_key(self, to, std::forward<Ts>(xs)...);
  } else {
    static_assert(sizeof...(Ts) >= 2,
                  "open(self, manager, key, params[, time]), open(self, "
                  "manager, items[, time]) with a std::vector<open_item>, or "
                  "open(self, connection, params[, time])");
    return detail::mistake{};
  }
}

/// Runs a request and answers the reply. A text is the body of a request. The
/// time is that of @ref request.
/// - `execute(self, connection, request[, time])`
/// - `execute(self, manager, key, params, request[, time])` opens the
///   connection first, unless it is open.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto execute(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_opener < To >> ()) {
    return detail::mistake{};
  } else if constexpr (there && sizeof...(Ts) >= 1) {
    return detail::execute_there(self, to, std::forward<Ts>(xs)...);
  } else if constexpr (!there && sizeof...(Ts) >= 3) {
    return detail::execute_key(self, to, std::forward<Ts>(xs)...);
  } else {
    static_assert(sizeof...(Ts) >= 5,
                  "execute(self, connection, request[, time]) or execute(self, "
                  "manager, key, params, request[, time])");
    return detail::mistake{};
  }
}

/// Closes a connection for good: `close(self, connection)` or
/// `close(self, manager, key)`. Answers a bool: whether this closed it.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto close(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_opener < To >> ())
    return detail::mistake{};
  else if constexpr (there)
    return detail::ask_with<bool>(self, to, caf::close_atom_v,
                                  std::forward<Ts>(xs)...);
  else
    return detail::ask_with<bool, connection_key>(self, to, caf::close_atom_v,
                                                  std::forward<Ts>(xs)...);
}

/// Cancels requests by their tag: `cancel(self, connection, tag)`,
/// `cancel(self, manager, key, tag)`, or `cancel(self, manager, tag)` at all
/// connections. Answers their number. The end of the actor that asked cancels
/// its requests, too.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto cancel(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_opener < To >> ())
    return detail::mistake{};
  else if constexpr (there || sizeof...(Ts) == 1)
    return detail::ask_with<uint64_t, std::string>(self, to, cancel_atom_v,
                                                   std::forward<Ts>(xs)...);
  else
    return detail::ask_with<uint64_t, connection_key, std::string>(
      self, to, cancel_atom_v, std::forward<Ts>(xs)...);
}

/// Leases the session of a connection for several requests in a row:
/// `acquire(self, connection, time)` answers the number of the lease, which
/// goes into `request::lease` of each.
template <class Self, class To, class... Time, class = detail::if_asker<Self>>
auto acquire(Self&& self, const To& to, Time... time) {
  static_assert(sizeof...(Time) == 1, "a lease needs a time: "
                                      "acquire(self, connection, time)");
  if constexpr (!detail::asks<Self, detail::is_connection<To>>()
                || sizeof...(Time) != 1 || !detail::has_time<Time...>())
    return detail::mistake{};
  else
    return detail::ask<uint64_t>(self, to, acquire_atom_v,
                                 detail::given_time(time)...);
}

/// Ends a lease: `release(self, connection, number)`. Answers a bool: whether
/// there was one.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto release(Self&& self, const To& to, Ts&&... xs) {
  if constexpr (!detail::asks<Self, detail::is_connection<To>>())
    return detail::mistake{};
  else
    return detail::ask_with<bool, uint64_t>(self, to, release_atom_v,
                                            std::forward<Ts>(xs)...);
}

/// Answers the state: `status(self, connection)`, `status(self, manager, key)`
/// (none if there is no connection), or `status(self, manager[, selector])` of
/// all.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto status(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_operator < To >> ())
    return detail::mistake{};
  else if constexpr (there)
    return detail::ask_with<connection_status>(self, to, status_atom_v,
                                               std::forward<Ts>(xs)...);
  else if constexpr (sizeof...(Ts) == 0)
    return detail::ask<std::vector<connection_status>>(self, to, status_atom_v);
  else if constexpr (detail::is_selector<detail::first_of<Ts...>>)
    return detail::ask_with<std::vector<connection_status>, selector>(
      self, to, status_atom_v, std::forward<Ts>(xs)...);
  else
    return detail::ask_with<std::optional<connection_status>, connection_key>(
      self, to, status_atom_v, std::forward<Ts>(xs)...);
}

/// Answers how many connections are in which state:
/// `summary(self, manager[, selector])`.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto summary(Self&& self, const To& to, Ts&&... xs) {
  if constexpr (!detail::asks<Self, detail::is_operator<To>>())
    return detail::mistake{};
  else if constexpr (sizeof...(Ts) == 0)
    return detail::ask<connection_summary>(self, to, summary_atom_v,
                                           selector{});
  else
    return detail::ask_with<connection_summary, selector>(
      self, to, summary_atom_v, std::forward<Ts>(xs)...);
}

/// Answers the reasons for the state: `explain(self, connection)`,
/// `explain(self, manager, key)` (none if there is no connection), or
/// `explain(self, manager, selector)` of many.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto explain(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_operator < To >> ())
    return detail::mistake{};
  else if constexpr (there)
    return detail::ask_with<explanation>(self, to, explain_atom_v,
                                         std::forward<Ts>(xs)...);
  else if constexpr (detail::is_selector<detail::first_of<Ts..., int>>)
    return detail::ask_with<std::vector<explanation>, selector>(
      self, to, explain_atom_v, std::forward<Ts>(xs)...);
  else
    return detail::ask_with<std::optional<explanation>, connection_key>(
      self, to, explain_atom_v, std::forward<Ts>(xs)...);
}

/// Gives an order: `operate(self, connection, operation[, time])` answers
/// nothing, `operate(self, manager, operation, selector[, time])` the number of
/// connections. Only `expect_disconnect` has a time.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto operate(Self&& self, const To& to, Ts&&... xs) {
  constexpr auto there = detail::is_connection<To>;
  if constexpr (!detail::asks < Self, there || detail::is_operator < To >> ())
    return detail::mistake{};
  else if constexpr (there && sizeof...(Ts) == 1)
    return detail::ask_with<void, operation>(self, to, operate_atom_v,
                                             std::forward<Ts>(xs)...);
  else if constexpr (there)
    return detail::ask_with<void, operation, caf::timespan>(
      self, to, operate_atom_v, std::forward<Ts>(xs)...);
  else if constexpr (sizeof...(Ts) == 2)
    return detail::ask_with<uint64_t, operation, selector>(
      self, to, operate_atom_v, std::forward<Ts>(xs)...);
  else
    return detail::ask_with<uint64_t, operation, selector, caf::timespan>(
      self, to, operate_atom_v, std::forward<Ts>(xs)...);
}

/// Sends a listener events: `subscribe(self, manager, listener[, selector])`.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto subscribe(Self&& self, const To& to, Ts&&... xs) {
  if constexpr (!detail::asks<Self, detail::is_operator<To>>())
    return detail::mistake{};
  else if constexpr (sizeof...(Ts) == 1)
    return detail::ask_with<void, listener_actor>(self, to,
                                                  caf::subscribe_atom_v,
                                                  std::forward<Ts>(xs)...);
  else
    return detail::ask_with<void, listener_actor, selector>(
      self, to, caf::subscribe_atom_v, std::forward<Ts>(xs)...);
}

/// Answers the counters: `counters(self, manager, plugin)` or
/// `counters(self, manager)` of all plugins.
template <class Self, class To, class... Ts, class = detail::if_asker<Self>>
auto counters(Self&& self, const To& to, Ts&&... xs) {
  if constexpr (!detail::asks<Self, detail::is_operator<To>>())
    return detail::mistake{};
  else if constexpr (sizeof...(Ts) == 0)
    return detail::ask<counters_snapshot>(self, to, counters_atom_v);
  else
    return detail::ask_with<std::optional<connection_counters>, std::string>(
      self, to, counters_atom_v, std::forward<Ts>(xs)...);
}

/// Sets the factory of a plugin: `set_factory(self, manager, plugin, factory)`,
/// or the default factory: `set_factory(self, manager, factory)`. Answers a
/// bool: whether it replaced one.
template <class Self, class To, class... Ts,
          class = std::enable_if_t<detail::is_self_v<Self>>>
auto set_factory(Self&& self, const To& to, Ts&&... xs) {
  if constexpr (!detail::asks<Self, detail::is_plugin_registry<To>>())
    return detail::mistake{};
  else if constexpr (sizeof...(Ts) == 1)
    return detail::ask_with<bool, factory_actor>(self, to, set_factory_atom_v,
                                                 std::forward<Ts>(xs)...);
  else
    return detail::ask_with<bool, std::string, factory_actor>(
      self, to, set_factory_atom_v, std::forward<Ts>(xs)...);
}

/// Sets the factory of a plugin, before all that the caller sends the manager
/// afterwards.
inline void set_factory(const plugin_registry_actor& to, std::string plugin,
                        factory_actor factory) {
  compat::anon_send(to, set_factory_atom_v, std::move(plugin),
                    std::move(factory));
}

/// Closes all connections and ends the manager:
/// `shutdown(self, manager[, time])`.
template <class Self, class To, class... Time, class = detail::if_asker<Self>>
auto shutdown(Self&& self, const To& to, Time... time) {
  if constexpr (!detail::asks<Self, detail::is_operator<To>>()
                || !detail::has_time<Time...>())
    return detail::mistake{};
  else
    return detail::ask<void>(self, to, shutdown_atom_v,
                             detail::given_time(time)...);
}

} // namespace tieline
