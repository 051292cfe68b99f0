#pragma once

/// @file
/// The whole protocol: what may be asked of each actor of tieline, and what it
/// answers. Errors are `caf::error` of tieline::errc with a tieline::failure.

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

/// One session with a host, and no longer than that. It ends (quits) when the
/// session is over, whoever ended it; its state's destructor frees all it
/// holds. An exit message aborts it at any moment, an open in flight included.
using transport_actor = caf::typed_actor<
  // Opens the session; asked once, first. On an error the transport is done
  // for: it gets no further request but an exit.
  caf::result<session_traits>(caf::open_atom, connection_params),
  // Runs one operation, and gives it up at the request's timeout: by then the
  // connection takes its place for free. Others may be asked before it is
  // answered. A transport that has no use for the request's sink answers with
  // the whole output.
  caf::result<reply>(execute_atom, request),
  // Answers as soon as the peer has shown that it is there.
  caf::result<void>(probe_atom),
  // Ends the session in good order, then quits.
  caf::result<void>(caf::close_atom)>;

/// Makes transports, each fresh and not yet open. A handler that throws ends
/// the factory, as any actor; it is forgotten then.
using factory_actor = caf::typed_actor<
  // Returns a transport for the key, or none if the factory has none for it.
  caf::result<std::optional<transport_actor>>(make_atom, connection_key)>;

// -- the connection manager: what its user talks to ---------------------------

/// The connection to one host through one plugin. Handles stay valid over the
/// loss of a session. After a close every request is answered `errc::closed`.
/// What a caller that has ended still waits for is dropped.
using connection_actor = caf::typed_actor<
  // Opens a session unless one with the same params is up; answers when it is.
  // One attempt serves all who wait. Other params replace session or attempt:
  // of callers with different params the last one wins. Params that the host
  // has refused (login, host key) are not tried again: their error is answered.
  // Each caller waits its own timeout, or (zero or less) `acquire-timeout` for
  // the attempt to begin and `open-timeout` for it to succeed; when all have
  // left who waited at its start, the attempt is given up, and made anew if
  // others wait by then.
  caf::result<void>(caf::open_atom, connection_params, caf::timespan),
  // Runs a request. A session that was lost or evicted is opened again first,
  // with the params of the last open. If the last attempt to open was refused
  // for good (login, host key, params) or none ever succeeded, its error is
  // answered; `errc::not_open` if there was no attempt.
  caf::result<reply>(execute_atom, request),
  // Closes for good. Work in flight may end within `close-timeout`. Answers
  // whether it was this request that closed it.
  caf::result<bool>(caf::close_atom),
  // Tells how the connection is.
  caf::result<connection_status>(status_atom),
  // Tells why it is so.
  caf::result<explanation>(explain_atom),
  // Carries out an operator's order (the time is for `expect_disconnect`).
  // Answers once it is done, for a `drain` when the session is closed.
  caf::result<void>(operate_atom, operation, caf::timespan)>;

/// Is told what happens, one event after the other: the next ones come when
/// it has answered some. One that is too slow loses events, and is told how
/// many.
using listener_actor = caf::typed_actor<caf::result<void>(lifecycle_event)>;

/// One key to open, with its params.
struct open_item {
  connection_key key;
  connection_params params;

  template <class Inspector>
  friend bool inspect(Inspector& f, open_item& x) {
    return f.object(x).fields(f.field("key", x.key),
                              f.field("params", x.params));
  }
};

/// What became of an open_item: a connection, an error, or neither if no
/// factory knows the plugin.
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

/// Owns the registry of connections and the factories. Never keeps one caller
/// waiting for another's key. An exit message does what `shutdown_atom` does.
using manager_actor = caf::typed_actor<
  // Returns the connection for the key, if there is one.
  caf::result<std::optional<connection_actor>>(caf::get_atom, connection_key),
  // The same, but has the factory make it first; none if no factory does.
  caf::result<std::optional<connection_actor>>(get_or_create_atom,
                                               connection_key),
  // get_or_create, then open within the timeout (zero: the settings).
  caf::result<std::optional<connection_actor>>(
    caf::open_atom, connection_key, connection_params, caf::timespan),
  // The same for many keys; answers in their order when all are through.
  caf::result<std::vector<open_outcome>>(caf::open_atom, std::vector<open_item>,
                                         caf::timespan),
  // Puts a transport made elsewhere under a key. A connection that was there
  // is closed and counted, then answered.
  caf::result<std::optional<connection_actor>>(insert_atom, connection_key,
                                               transport_actor),
  // Closes and removes; answers whether there was one, once it is gone.
  caf::result<bool>(caf::close_atom, connection_key),
  // Closes all at once; answers how many, once they are gone.
  caf::result<uint64_t>(close_all_atom),
  // Sets a plugin's factory for new sessions; answers whether it replaced one.
  caf::result<bool>(set_factory_atom, std::string, factory_actor),
  // Sets the factory for all plugins that have none of their own.
  caf::result<bool>(set_factory_atom, factory_actor),
  // Removes a plugin's factory; answers whether there was one.
  caf::result<bool>(remove_factory_atom, std::string),
  // Removes the factory for all others.
  caf::result<bool>(remove_factory_atom),
  // Returns the counters of one plugin name; none before its first event.
  caf::result<std::optional<connection_counters>>(counters_atom, std::string),
  // Returns the counters of all plugin names.
  caf::result<counters_snapshot>(counters_atom),
  // Tells how one connection is, if there is one.
  caf::result<std::optional<connection_status>>(status_atom, connection_key),
  // Tells how all are, ordered by key.
  caf::result<std::vector<connection_status>>(status_atom),
  // Tells why a connection is as it is, if there is one.
  caf::result<std::optional<explanation>>(explain_atom, connection_key),
  // Gives an order (the time is for `expect_disconnect`) to all connections
  // that the selector matches, once done answers how many. `pause` and `drain`
  // also hold for connections that are made later, until a `resume`.
  caf::result<uint64_t>(operate_atom, operation, selector, caf::timespan),
  // Lets logins with the credentials of a username go ahead again; answers how
  // many credentials were stopped.
  caf::result<uint64_t>(clear_credential_atom, std::string),
  // Tells the listener of all events of the connections that the selector
  // matches, until it ends. A second one replaces the first.
  caf::result<void>(caf::subscribe_atom, listener_actor, selector),
  // Tells it no more; answers whether it was told.
  caf::result<bool>(caf::unsubscribe_atom, listener_actor),
  // Closes everything within the time (zero: `shutdown-timeout`), then ends.
  caf::result<void>(shutdown_atom, caf::timespan)>;

// -- a cluster: several nodes that share connections --------------------------

/// One node of a cluster as its other nodes see it: its manager, which serves
/// the keys that are its own. For others it answers `errc::not_owner`, with
/// the name of the owner in `failure::details["owner"]` if it knows that.
using member_actor = manager_actor::extend<
  // Tells who the node is.
  caf::result<cluster_node>(probe_atom),
  // Tells how it is.
  caf::result<node_status>(node_atom),
  // Takes no more keys and hands over what it has: ends accepted work within
  // the time (zero: `hand-over-timeout`), closes, and lets others have the
  // keys. Answers when that is done.
  caf::result<void>(leave_atom, caf::timespan),
  // Takes keys again.
  caf::result<void>(join_atom)>;

/// The managers of a cluster as one: asks the one that owns the key, or all.
/// Each node of a cluster has its own; any may be asked. Connections in its
/// answers follow their key from node to node.
using router_actor = manager_actor::extend<
  // Tells how the nodes are, ordered by name.
  caf::result<std::vector<node_status>>(nodes_atom),
  // Has a node leave (see member_actor); an error if there is none of the name.
  caf::result<void>(leave_atom, std::string, caf::timespan),
  // Has it join again.
  caf::result<void>(join_atom, std::string),
  // Returns the member of the node that is asked.
  caf::result<member_actor>(local_atom)>;

/// Is told how the cluster looks; answers when it has acted on it, and is told
/// no more until then but the newest view. If it may not own any more, it has
/// acted when all its sessions are closed.
using view_listener_actor = caf::typed_actor<caf::result<void>(cluster_view)>;

/// Says whether a device is still good, looking at it through a session that
/// was opened after the change; an error says that it is not.
using verifier_actor = caf::typed_actor<caf::result<void>(connection_actor)>;

/// Changes one device's configuration, one change at a time, so that a bad
/// change undoes itself.
using guardian_actor = caf::typed_actor<
  // Makes the change, has it verified, and confirms it; answers when that is
  // done, or with the reason after it has been undone (or will be, by the
  // device). `errc::overloaded` while there is another. If the caller ends
  // meanwhile the change is undone.
  caf::result<void>(guarded_change, verifier_actor)>;

} // namespace tieline

CAF_BEGIN_TYPE_ID_BLOCK(tieline_actors, caf::id_block::tieline::end)

  CAF_ADD_TYPE_ID(tieline_actors, (tieline::transport_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::factory_actor))
  CAF_ADD_TYPE_ID(tieline_actors, (tieline::connection_actor))
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

namespace tieline {

/// Makes the message types of tieline and of CAF's core known to CAF. To be
/// called before the actor system exists; more than once does no harm.
void init();

} // namespace tieline
