#pragma once

/// @file
/// The public protocol: what each actor of tieline accepts and what it answers.
/// Every error is a `caf::error` of tieline::errc with a tieline::failure as
/// its context.

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/cluster.hpp"
#include "tieline/messages/connection_counters.hpp"
#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/errc.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/guarded_change.hpp"
#include "tieline/messages/lifecycle_event.hpp"
#include "tieline/messages/notification.hpp"
#include "tieline/messages/operation.hpp"
#include "tieline/messages/plugin_traits.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/messages/session_traits.hpp"
#include "tieline/messages/sink.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tieline {

// -- plugins: what a transport's author implements ----------------------------

/// One session with a host. The actor lives exactly as long as the session: it
/// quits when the session is over, whoever ended the session. The destructor of
/// its state frees everything that it holds. An exit message aborts it at any
/// moment, even while an open is in flight.
using transport_actor = caf::typed_actor<
  // Opens the session. This is the first request and comes once. After an error
  // the transport gets nothing more but an exit message.
  caf::result<session_traits>(caf::open_atom, connection_params),
  // Runs one operation. The deadline of a request that runs is the transport's,
  // and nobody else's: at the request's timeout it gives the operation up,
  // answers `errc::timeout` and says what it had waited for. (The wait for a
  // session, before that, has its deadline in the connection.) A request that
  // is not answered a second after its timeout is answered by the connection,
  // which takes its place for free. Further requests may arrive before this one
  // is answered. A transport that does not use the request's sink answers with
  // the whole output.
  caf::result<reply>(execute_atom, request),
  // Answers as soon as the peer has shown a sign of life.
  caf::result<void>(probe_atom),
  // Ends the session gracefully, then quits.
  caf::result<void>(caf::close_atom)>;

/// A transport that also gives up single requests. Of any other, the connection
/// answers who asked, and has the request run to its end for nobody.
using cancelable_transport_actor = transport_actor::extend<
  // Gives up the request with this number, if it runs: answers it with
  // `errc::canceled` as soon as that is certain, and has the peer end it where
  // the protocol can.
  caf::result<void>(cancel_atom, uint64_t)>;

/// Is told of each step of an open as it begins.
using step_listener_actor = caf::typed_actor<
  // Takes note of the step. The first step behind `connect` may have to wait
  // for a place to log in: a transport that asks before it begins that step,
  // and waits for the answer, keeps the limits on logins. The time until the
  // answer is not the host's.
  caf::result<void>(step)>;

/// A transport that also tells how far an open has come, for a plugin with
/// `plugin_traits::tells_steps`. Whoever waits in vain then hears for what.
using stepwise_transport_actor = transport_actor::extend<
  // Opens the session as the other open does, and sends each step to the
  // listener. Lets go of the listener with the answer.
  caf::result<session_traits>(caf::open_atom, connection_params,
                              step_listener_actor)>;

/// Makes transports, each fresh and not yet open. A handler that throws ends
/// the factory, as it ends any actor; the manager then forgets the factory.
using factory_actor = caf::typed_actor<
  // Returns a transport for the key, or none if the factory has none for it.
  caf::result<std::optional<transport_actor>>(make_atom, connection_key)>;

/// A factory that also describes its plugin. The manager asks it when it is
/// set.
using described_factory_actor = factory_actor::extend<
  // Returns what the plugin tells of itself: always the same, and at once.
  caf::result<plugin_traits>(traits_atom)>;

// -- the connection manager: what an application talks to ---------------------

/// The connection to one host through one plugin. A handle stays valid when the
/// session is lost. After a close every request is answered `errc::closed`.
/// When a caller ends, its requests are canceled, those that run as well,
/// unless they say otherwise (`request::outlives_caller`).
using connection_actor = caf::typed_actor<
  // Opens a session unless one with params that mean the same is up, and
  // answers when the session is open. One attempt serves all callers that wait.
  // Different params replace the session or the attempt: if callers disagree,
  // the last one wins. Params that the host has refused (login, host key) are
  // not tried again; the caller gets the same error.
  // Each caller has its own timeout. Zero or less means the settings: up to
  // `acquire-timeout` until the attempt begins, then up to `open-timeout` until
  // it succeeds. When every caller that waited at the start of an attempt has
  // left, the attempt is aborted; a new one begins if others wait by then.
  caf::result<void>(caf::open_atom, connection_params, caf::timespan),
  // Does the same within the times of the settings.
  caf::result<void>(caf::open_atom, connection_params),
  // Runs a request. A session that was lost or evicted is reopened first, with
  // the params of the last open. If the last attempt was refused for good
  // (login, host key, params), or if no attempt ever succeeded, the answer is
  // the error of that attempt. It is `errc::not_open` if nothing was ever
  // opened.
  caf::result<reply>(execute_atom, request),
  // Cancels the requests with this tag, those that wait and those that run:
  // they are answered `errc::canceled`, and the session is told. Answers their
  // number.
  caf::result<uint64_t>(cancel_atom, std::string),
  // Waits until nothing runs on the session, then gives it to the caller alone,
  // for so long at most, and answers the number of this lease. Only requests
  // with that number (`request::lease`) run meanwhile; all others wait. A lease
  // ends when it is released, its time is over, its holder has ended, or its
  // session ends; later requests with its number are answered
  // `errc::lease_ended`.
  caf::result<uint64_t>(acquire_atom, caf::timespan),
  // Ends a lease. Answers whether there was one of that number.
  caf::result<bool>(release_atom, uint64_t),
  // Closes the connection for good. Work in flight may end within
  // `close-timeout`. Answers whether this request was the one that closed it.
  caf::result<bool>(caf::close_atom),
  // Returns the state of the connection.
  caf::result<connection_status>(status_atom),
  // Returns the reasons for that state.
  caf::result<explanation>(explain_atom),
  // Carries out an operator's order and answers when that is done; a `drain` is
  // done when the session is closed.
  caf::result<void>(operate_atom, operation),
  // Does the same; only `expect_disconnect` uses the time, and needs it.
  caf::result<void>(operate_atom, operation, caf::timespan)>;

/// Receives events in order. Each answer makes room for further events. A
/// listener that is too slow loses events; the next event that it receives says
/// how many.
using listener_actor = caf::typed_actor<caf::result<void>(lifecycle_event)>;

/// One connection to open.
struct open_item {
  connection_key key;
  connection_params params;

  template <class Inspector>
  friend bool inspect(Inspector& f, open_item& x) {
    return f.object(x).fields(f.field("key", x.key),
                              f.field("params", x.params));
  }
};

/// The outcome of an open_item: a connection, an error, or neither if there is
/// no factory for the plugin.
struct open_outcome {
  connection_key key;
  std::optional<connection_actor> connection;
  caf::error error;

  template <class Inspector>
  friend bool inspect(Inspector& f, open_outcome& x) {
    return f.object(x).fields(f.field("key", x.key),
                              f.field("connection", x.connection),
                              f.field("error", x.error));
  }
};

/// What a workflow asks a manager: connections, and requests that run on them.
/// A component can be handed a manager as no more than this.
using opener_actor = caf::typed_actor<
  // Returns the connection of the key, if there is one.
  caf::result<std::optional<connection_actor>>(caf::get_atom, connection_key),
  // Returns the connection of the key. If there is none, the factory makes it;
  // returns nothing if no factory does.
  caf::result<std::optional<connection_actor>>(get_or_create_atom,
                                               connection_key),
  // Does the same, then opens the connection within the times of the settings.
  caf::result<std::optional<connection_actor>>(caf::open_atom, connection_key,
                                               connection_params),
  // Does the same within the timeout (zero: the settings).
  caf::result<std::optional<connection_actor>>(
    caf::open_atom, connection_key, connection_params, caf::timespan),
  // Opens many connections. Answers in the order of the items when all have
  // their outcome.
  caf::result<std::vector<open_outcome>>(caf::open_atom,
                                         std::vector<open_item>),
  // Does the same within the timeout.
  caf::result<std::vector<open_outcome>>(caf::open_atom, std::vector<open_item>,
                                         caf::timespan),
  // Opens the connection of the key unless it is open with the same params,
  // then runs the request on it: within the request's timeout, both together.
  // Answers `errc::factory_not_set` if no factory makes a connection.
  caf::result<reply>(execute_atom, connection_key, connection_params, request),
  // Cancels the requests with this tag at the connection of the key. Answers
  // their number.
  caf::result<uint64_t>(cancel_atom, connection_key, std::string),
  // Does the same at all connections.
  caf::result<uint64_t>(cancel_atom, std::string),
  // Closes and removes a connection. Answers whether there was one, when it has
  // ended.
  caf::result<bool>(caf::close_atom, connection_key)>;

/// What an operator asks a manager.
using operator_actor = caf::typed_actor<
  // Returns the counters of one plugin name; nothing before its first event.
  caf::result<std::optional<connection_counters>>(counters_atom, std::string),
  // Returns the counters of all plugin names.
  caf::result<counters_snapshot>(counters_atom),
  // Returns the state of the connection, if there is one.
  caf::result<std::optional<connection_status>>(status_atom, connection_key),
  // Returns the states of all connections, ordered by key.
  caf::result<std::vector<connection_status>>(status_atom),
  // Returns the states of the connections that the selector matches, ordered by
  // key.
  caf::result<std::vector<connection_status>>(status_atom, selector),
  // Returns how many of the connections that the selector matches are in which
  // state.
  caf::result<connection_summary>(summary_atom, selector),
  // Returns the reasons for the state of the connection, if there is one.
  caf::result<std::optional<explanation>>(explain_atom, connection_key),
  // Returns the reasons for the states of the connections that the selector
  // matches, ordered by key.
  caf::result<std::vector<explanation>>(explain_atom, selector),
  // Gives an order to all connections that the selector matches. Answers their
  // number when the order is carried out. `pause` and `drain` also apply to
  // connections that are made later, until a `resume`.
  caf::result<uint64_t>(operate_atom, operation, selector),
  // Does the same; only `expect_disconnect` uses the time, and needs it.
  caf::result<uint64_t>(operate_atom, operation, selector, caf::timespan),
  // Allows logins with the credentials of a username again. Answers how many
  // credentials were stopped.
  caf::result<uint64_t>(clear_credential_atom, std::string),
  // Sends the listener the events of all connections, until it ends.
  caf::result<void>(caf::subscribe_atom, listener_actor),
  // Does the same for the connections that the selector matches. Subscribing
  // again replaces the selector.
  caf::result<void>(caf::subscribe_atom, listener_actor, selector),
  // Ends the listener's subscription. Answers whether there was one.
  caf::result<bool>(caf::unsubscribe_atom, listener_actor),
  // Closes and removes all connections, side by side. Answers their number when
  // they have ended.
  caf::result<uint64_t>(close_all_atom),
  // Closes all connections within `shutdown-timeout`, answers, then ends the
  // manager.
  caf::result<void>(shutdown_atom),
  // Does the same within the time (zero: `shutdown-timeout`).
  caf::result<void>(shutdown_atom, caf::timespan)>;

/// What a manager is asked by those who bring plugins.
using plugin_registry_actor = caf::typed_actor<
  // Sets a plugin's factory for new sessions. Answers whether it replaced one.
  caf::result<bool>(set_factory_atom, std::string, factory_actor),
  // Sets the default factory, for plugins that have none of their own. Answers
  // whether it replaced one.
  caf::result<bool>(set_factory_atom, factory_actor),
  // Removes a plugin's factory. Answers whether there was one.
  caf::result<bool>(remove_factory_atom, std::string),
  // Removes the default factory. Answers whether there was one.
  caf::result<bool>(remove_factory_atom),
  // Puts a connection with this transport, made elsewhere, under the key.
  // Closes, counts and returns the connection that was there before.
  caf::result<std::optional<connection_actor>>(insert_atom, connection_key,
                                               transport_actor)>;

/// Owns the registry of connections and the factories. No caller ever waits for
/// another caller's key. An exit message has the effect of `shutdown_atom`.
using manager_actor = opener_actor::extend_with<operator_actor>::extend_with<
  plugin_registry_actor>;

// -- a cluster: several nodes that share connections --------------------------

/// One node of a cluster as the other nodes see it. It has the manager's
/// interface and serves the keys that the node owns. For any other key it
/// answers `errc::not_owner`, with the owner's name in
/// `failure::details["owner"]` if that is known.
using member_actor = manager_actor::extend<
  // Returns the name, address and weight of the node.
  caf::result<cluster_node>(probe_atom),
  // Returns the state of the node.
  caf::result<node_status>(node_atom),
  // Takes no new keys and hands over those that the node owns: accepted work
  // may end within the time (zero: `hand-over-timeout`), then the sessions
  // close and other nodes may take the keys. Answers when that is done.
  caf::result<void>(leave_atom, caf::timespan),
  // Does the same within `hand-over-timeout`.
  caf::result<void>(leave_atom),
  // Takes keys again after a leave.
  caf::result<void>(join_atom)>;

/// All managers of a cluster behind the interface of one. A request that names
/// a key goes to the node that owns the key; any other request goes to all
/// nodes. Each node has a router, and a caller may use any of them. Connections
/// in its answers follow their key from node to node.
using router_actor = manager_actor::extend<
  // Returns the states of all nodes, ordered by name.
  caf::result<std::vector<node_status>>(nodes_atom),
  // Makes the named node leave (see member_actor). Answers an error if there is
  // no such node.
  caf::result<void>(leave_atom, std::string, caf::timespan),
  // Does the same within `hand-over-timeout`.
  caf::result<void>(leave_atom, std::string),
  // Makes the named node join again.
  caf::result<void>(join_atom, std::string),
  // Returns the member of the router's own node.
  caf::result<member_actor>(local_atom)>;

/// Receives views of the cluster and answers each when it has acted on it.
/// Until it answers, newer views are held back, and only the newest is kept. A
/// view without permission to own keys is acted on when all sessions are
/// closed.
using view_listener_actor = caf::typed_actor<caf::result<void>(cluster_view)>;

/// Verifies a device after a change, through a connection that was opened after
/// the change. An error rejects the change.
using verifier_actor = caf::typed_actor<caf::result<void>(connection_actor)>;

/// Changes the configuration of one device, one change at a time. A change that
/// is not confirmed is undone.
using guardian_actor = caf::typed_actor<
  // Makes the change, has it verified, confirms it, and answers. If a step
  // fails, the answer is the reason, after the change was undone; where that is
  // out of reach, the device undoes the change at its timeout. The answer is
  // `errc::overloaded` while another change is in progress. If the caller ends
  // meanwhile, the change is undone.
  caf::result<void>(guarded_change, verifier_actor)>;

} // namespace tieline

CAF_BEGIN_TYPE_ID_BLOCK(tieline_actors, caf::id_block::tieline::end)

  CAF_ADD_TYPE_ID(tieline_actors, (tieline::transport_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::step_listener_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::factory_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::connection_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::opener_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::operator_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::plugin_registry_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::manager_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::member_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::router_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::listener_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::view_listener_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::sink_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::notification_sink))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::subscription_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::verifier_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::guardian_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (std::optional<tieline::transport_actor>))
  CAF_ADD_TYPE_ID(tieline_actors, (std::optional<tieline::connection_actor>))

CAF_END_TYPE_ID_BLOCK(tieline_actors)
