#include "tieline/actors/connection/lifecycle.hpp"

namespace tieline {

namespace {

transition start(circumstances given) {
  if (given.held)
    return {phase::idle, action::none};
  if (given.early)
    return {phase::backoff, action::await_attempt};
  return {phase::opening, action::start_attempt};
}

transition when_idle(event what, circumstances given) {
  switch (what) {
    case event::open_same:
    case event::open_other:
    case event::reopen:
      // Who asks for a session in so many words does not wait for its time.
      given.early = false;
      return start(given);
    case event::execute:
      if (given.reopenable || given.wanted)
        return start(given);
      return {phase::idle, action::refuse_not_open};
    case event::resume:
      if (given.wanted)
        return start(given);
      return {phase::idle, action::none};
    case event::kill:
      return {phase::idle, action::kill};
    case event::close:
      return {phase::ended, action::end};
    default:
      return {phase::idle, action::none};
  }
}

transition when_backoff(event what, circumstances given) {
  switch (what) {
    case event::open_same:
      if (given.retrying)
        return {phase::backoff, action::none};
      [[fallthrough]];
    case event::open_other:
    case event::reopen:
      if (given.held)
        return {phase::idle, action::none};
      return {phase::opening, action::start_attempt};
    case event::execute:
      // Nothing is left to wait for.
      if (given.early || given.held || given.retrying)
        return {phase::backoff, action::none};
      return {phase::opening, action::start_attempt};
    case event::due:
      if (given.held || !given.wanted)
        return {phase::idle, action::none};
      return {phase::opening, action::start_attempt};
    case event::expired:
      if (given.wanted)
        return {phase::backoff, action::none};
      return {phase::idle, action::none};
    case event::kill:
      return {phase::idle, action::kill};
    case event::close:
      return {phase::ended, action::end};
    default:
      return {phase::backoff, action::none};
  }
}

transition when_opening(event what, circumstances given) {
  switch (what) {
    case event::open_other:
      return {phase::opening, action::restart_attempt};
    case event::succeeded:
      return {phase::open, action::serve};
    case event::failed:
      if (given.retry)
        return {phase::backoff, action::await_retry};
      return {phase::idle, action::fail_waiting};
    case event::expired:
      if (given.wanted)
        return {phase::opening, action::restart_attempt};
      return {phase::idle, action::abort_attempt};
    case event::kill:
      return {phase::idle, action::kill};
    case event::close:
      return {phase::ended, action::end};
    default:
      return {phase::opening, action::none};
  }
}

transition when_open(event what, circumstances given) {
  auto leave = given.busy ? action::drain_session : action::retire_session;
  switch (what) {
    case event::open_same:
      return {phase::open, action::answer};
    case event::open_other:
    case event::retire:
    case event::reopen:
      return {phase::draining, leave};
    case event::execute:
    case event::resume:
      return {phase::open, action::run};
    case event::lost:
      if (!given.wanted || given.held)
        return {phase::idle, action::drop_session};
      if (given.early)
        return {phase::backoff, action::await_replacement};
      return {phase::opening, action::replace_session};
    case event::kill:
      return {phase::idle, action::kill};
    case event::close:
      return {phase::closing, leave};
    default:
      return {phase::open, action::none};
  }
}

transition when_draining(event what, circumstances given) {
  switch (what) {
    case event::drained:
      return {phase::draining, action::retire_session};
    case event::retired:
    case event::expired:
    case event::lost:
      if (given.wanted && !given.held)
        return {phase::opening, action::replace_session};
      return {phase::idle, action::drop_session};
    case event::kill:
      return {phase::idle, action::kill};
    case event::close:
      return {phase::closing, action::none};
    default:
      return {phase::draining, action::none};
  }
}

transition when_closing(event what) {
  switch (what) {
    case event::open_same:
    case event::open_other:
    case event::execute:
      return {phase::closing, action::refuse_closed};
    case event::drained:
      return {phase::closing, action::retire_session};
    case event::retired:
    case event::expired:
    case event::lost:
    case event::kill:
      return {phase::ended, action::end};
    default:
      return {phase::closing, action::none};
  }
}

transition when_ended(event what) {
  switch (what) {
    case event::open_same:
    case event::open_other:
    case event::execute:
      return {phase::ended, action::refuse_closed};
    case event::close:
      return {phase::ended, action::answer};
    default:
      return {phase::ended, action::none};
  }
}

} // namespace

transition decide(phase now, event what, circumstances given) noexcept {
  switch (now) {
    case phase::idle:
      return when_idle(what, given);
    case phase::backoff:
      return when_backoff(what, given);
    case phase::opening:
      return when_opening(what, given);
    case phase::open:
      return when_open(what, given);
    case phase::draining:
      return when_draining(what, given);
    case phase::closing:
      return when_closing(what);
    case phase::ended:
      return when_ended(what);
  }
  return {now, action::none};
}

connection_state state_of(phase x) noexcept {
  switch (x) {
    case phase::backoff:
      return connection_state::backoff;
    case phase::opening:
      return connection_state::opening;
    case phase::open:
      return connection_state::open;
    case phase::draining:
    case phase::closing:
      return connection_state::closing;
    default:
      return connection_state::closed;
  }
}

} // namespace tieline
