#include "web_connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace tieline::lab::restconf {

namespace {

// While so many bytes wait to be sent no more requests are read.
constexpr std::size_t backlog = 1024 * 1024;
// So much of what has no end is made ahead.
constexpr std::size_t endless_backlog = 64 * 1024;
// Reads before others have their turn.
constexpr int fair_share = 16;

} // namespace

web_connection::web_connection(web_context where, unique_fd socket)
  : where_(std::move(where)),
    socket_(std::move(socket)) {
  // nop
}

web_connection::~web_connection() {
  if (stream_)
    end_stream();
}

int web_connection::fd() const {
  return socket_.get();
}

void web_connection::prepare(hang_up how) {
  if (how == hang_up::reset)
    reset_on_close(fd());
}

std::uint32_t web_connection::interest() const {
  auto reading = !input_ended_ && output_.size() < backlog;
  auto writing = !output_.ready(clock::now()).empty();
  return (reading ? EPOLLIN : 0u) | (writing ? EPOLLOUT : 0u);
}

clock::time_point web_connection::wake_at() const {
  auto now = clock::now();
  auto result = output_.wake_at(now);
  if (stream_ && stream_->stop) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      *stream_->stop - netconf::wall_clock::now());
    result = std::min(result, now + left);
  }
  return result;
}

bool web_connection::advance(std::uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) || !read())
    return false;
  work();
  if (resetting_) {
    reset_on_close(fd());
    return false;
  }
  return write();
}

bool web_connection::read() {
  for (int i = 0; i < fair_share && !input_ended_; ++i) {
    char bytes[64 * 1024];
    auto n = recv(fd(), bytes, sizeof(bytes), 0);
    if (n < 0)
      return errno == EAGAIN;
    input_ended_ = n == 0;
    reader_.push({bytes, static_cast<std::size_t>(n)});
  }
  return true;
}

bool web_connection::write() {
  for (;;) {
    auto bytes = output_.ready(clock::now());
    if (bytes.empty())
      break;
    auto n = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0)
      return errno == EAGAIN;
    output_.consume(static_cast<std::size_t>(n), clock::now());
    work();
  }
  return !output_.empty() || !(closing_ || input_ended_);
}

void web_connection::work() {
  try {
    while (!closing_ && !resetting_ && !stream_ && output_.size() < backlog) {
      auto given = reader_.next();
      if (reader_.wants_leave() && !given)
        output_.add("HTTP/1.1 100 Continue\r\n\r\n");
      if (!given)
        break;
      serve(*given);
    }
  } catch (const std::invalid_argument&) {
    respond({}, {400});
    closing_ = true;
  }
  if (stream_ && stream_->stop
      && *stream_->stop <= netconf::wall_clock::now()) {
    end_stream();
    output_.add("0\r\n\r\n");
  }
  while (endless_ > 0 && output_.size() < endless_backlog)
    output_.add("X-Line-" + std::to_string(endless_++)
                + ": and yet another one of them\r\n");
}

void web_connection::serve(const request& what) {
  auto is_head = what.method == "HEAD";
  if (is_head && has(fault::http_no_head))
    return;
  if (has(fault::http_login)) {
    respond(what, {302, "", {{"Location", "/login"}}});
    return;
  }
  auto answered = where_.api.serve(
    what, {where_.managed, where_.authority,
           has(fault::http_unauthorized) || has(fault::reject_logins)
             || (is_head && has(fault::http_refuse_head)),
           has(fault::netconf_invalid)});
  if (has(fault::http_hidden_error) && !is_head)
    answered = {{200,
                 "<errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\">"
                 "<error><error-type>application</error-type><error-tag>"
                 "operation-failed</error-tag><error-message>it will not"
                 "</error-message></error></errors>",
                 {{"Content-Type", "application/yang-data+xml"}}}};
  // What was done may concern others.
  where_.managed.stir();
  if (has(fault::http_reset)) {
    resetting_ = true;
  } else if (has(fault::http_close)) {
    closing_ = true;
  } else if (!has(fault::http_silence)) {
    closing_ |= what.header("connection") == "close";
    if (answered.events) {
      answered.response.headers.emplace_back("Transfer-Encoding", "chunked");
      output_.add(head_of(answered.response) + "\r\n");
      begin_stream(*answered.events);
    } else {
      respond(what, std::move(answered.response));
    }
  }
}

void web_connection::respond(const request& to, response what) {
  if (auto amount = where_.faults.amount(fault::http_gzip);
      amount && !what.body.empty()) {
    what.body = gzipped(what.body);
    if (*amount == 1)
      what.body.resize(what.body.size() - 4);
    what.headers.emplace_back("Content-Encoding", "gzip");
  }
  auto body = to.method == "HEAD" ? std::string{} : what.body;
  if (has(fault::http_bad_chunk)) {
    what.headers.emplace_back("Transfer-Encoding", "chunked");
    body.insert(0, "garbage\r\n");
  } else if (what.status != 204) {
    auto length = where_.faults.amount(fault::http_wrong_length)
                    .value_or(what.body.size());
    what.headers.emplace_back("Content-Length", std::to_string(length));
  }
  if (has(fault::http_half_body)) {
    body.resize(body.size() / 2);
    closing_ = true;
  }
  outbox::manner how;
  if (has(fault::http_slow))
    how.due = clock::now() + where_.faults.delay(fault::http_slow);
  if (has(fault::http_slow_headers))
    how.per_byte = where_.faults.delay(fault::http_slow_headers);
  auto head = head_of(what);
  if (has(fault::http_endless_headers)) {
    output_.add(head, how);
    endless_ = 1;
    return;
  }
  output_.add(head + "\r\n", how);
  output_.add(std::move(body));
}

// -- events -------------------------------------------------------------------

void web_connection::begin_stream(const answer::stream& how) {
  stream_ = how;
  where_.api.count_stream(+1);
  where_.managed.subscribe(*this);
  if (!how.start)
    return;
  for (auto& e : where_.managed.log().events())
    if (e->when >= *how.start)
      on_event(e);
  netconf::event complete{netconf::wall_clock::now(),
                          "<replayComplete xmlns=\""
                          "urn:ietf:params:xml:ns:netmod:notification\"/>"};
  send_chunk("data: " + complete.notification() + "\n\n");
}

void web_connection::end_stream() {
  where_.api.count_stream(-1);
  where_.managed.unsubscribe(*this);
  stream_.reset();
}

void web_connection::on_event(const netconf::event_ptr& what) {
  if (stream_->stop && what->when > *stream_->stop)
    return;
  // A line end would end the data.
  std::string event = "data: ";
  for (auto c : what->notification())
    event.append(c == '\n' ? "\ndata: " : std::string(1, c));
  send_chunk(event + "\n\n");
}

void web_connection::send_chunk(const std::string& text) {
  char size[20];
  std::snprintf(size, sizeof(size), "%zx\r\n", text.size());
  output_.add(size + text + "\r\n");
}

} // namespace tieline::lab::restconf
