#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/request.hpp"
#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/content_decoder.hpp"
#include "tieline/transports/http/header_reader.hpp"
#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/http/tls.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/sink_writer.hpp"

#include <caf/expected.hpp>

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tieline::http {

/// What all transfers of a session have in common.
struct common {
  profile who;
  /// Null without TLS.
  std::shared_ptr<const tls_material> tls;
  /// What the host's name resolves to, in words of CURLOPT_RESOLVE; empty if it
  /// is an address by itself.
  std::string resolved;
  /// Lives as long as the session's connections.
  std::shared_ptr<tls_alerts> alerts = std::make_shared<tls_alerts>();
};

/// One request with its answer, on a handle of libcurl: from its arrival
/// until it is answered, repeats and redirects included. Knows nothing of the
/// others.
class transfer : public std::enable_shared_from_this<transfer> {
public:
  using callback = std::function<void(caf::expected<reply>)>;

  enum class kind {
    /// Asks for something.
    request,
    /// Only connects.
    connect,
  };

  /// Where it is, besides having been answered.
  enum class stage {
    /// Waits for its turn, without a handle.
    queued,
    /// libcurl works on it.
    running,
    /// The server has refused its token; it waits for another.
    refused,
    /// libcurl is through with it; its sink may have yet to take the rest.
    ended,
  };

  /// What is to be done now that libcurl is through with it.
  enum class next {
    /// Has been answered, or failed.
    answered,
    /// To be run again, as it is.
    again,
    /// The token was refused: to be run again with another, or else to be
    /// answered as it is.
    refresh,
    /// To be answered once the sink has taken all.
    drain,
  };

  /// @param at the step that an error after the connect names
  /// @param done called once, at the end
  transfer(std::shared_ptr<const common> session, kind what, call asks, step at,
           uint64_t limit, callback done);

  transfer(const transfer&) = delete;

  transfer& operator=(const transfer&) = delete;

  ~transfer();

  /// Hands the content on to a sink instead of collecting it.
  void stream_to(std::shared_ptr<io::sink_writer> sink) {
    sink_ = std::move(sink);
  }

  /// Prepares a handle that was reset. It belongs to the transfer until it
  /// is released.
  /// @param token_version tells the token from those before it
  void set_up(CURL* handle, const secret& token, uint64_t token_version);

  /// Returns whose the handle is.
  static transfer& of(CURL* handle);

  CURL* handle() const noexcept {
    return handle_;
  }

  /// Gives the handle back, reset.
  CURL* release();

  /// libcurl is through with the handle, which is out of the engine now.
  next conclude(CURLcode code);

  /// Answers with what there is, a 401 that cannot be helped.
  next settle();

  /// Takes the next 401 as an answer.
  void note_refreshed() noexcept {
    refreshed_ = true;
  }

  /// The sink has answered or has ended. Returns what to do if the transfer is
  /// draining.
  next drained();

  /// Has libcurl go on if it was held back by the sink and need not be. What it
  /// kept is handed on at once: if that fails, the transfer has failed and is
  /// to be concluded with this code.
  CURLcode resume();

  /// Answers with an error.
  void fail(caf::error reason) {
    if (auto done = std::exchange(done_, nullptr))
      done(std::move(reason));
  }

  /// Does the same.
  void fail(errc code, step at, const std::string& cause);

  bool answered() const noexcept {
    return !done_;
  }

  bool sink_lost() const noexcept {
    return sink_ && sink_->lost();
  }

  /// Returns whether it has, or had, a connection to send its request on.
  bool connected() const noexcept {
    return sendings_ > 0;
  }

  /// Returns the step that its errors name.
  step at() const noexcept {
    return at_;
  }

  /// Returns which token it was sent with.
  uint64_t token_version() const noexcept {
    return token_version_;
  }

  /// Is told of each step of the way to the answer, if it is set.
  std::function<void(step)> on_step;
  stage now = stage::queued;
  io::clock::time_point arrived = io::clock::now();
  /// By which it can be canceled; zero: it cannot.
  uint64_t number = 0;
  io::clock::time_point deadline = io::never;

private:
  static size_t on_header(char* data, size_t, size_t size, void* self);

  static size_t on_body(char* data, size_t, size_t size, void* self);

  static int on_ready(void* self, char*, char*, int, int);

  static CURLcode on_ssl_context(CURL*, void* context, void* self);

  void set_url();

  void set_limits();

  void set_tls();

  void set_proxy();

  void set_login(const secret& token);

  void set_call();

  void add_header(const std::string& line);

  size_t take_header(std::string_view line);

  size_t take_body(std::string_view data);

  /// Hands on what is decoded, or not encoded; false: it is too much.
  bool take_content(std::string_view data, bool keep);

  /// Returns what is wrong with a whole answer that libcurl takes for good;
  /// empty if nothing is.
  std::string check_end() const;

  /// Returns what people are to know of an answer that is no success.
  std::string note() const;

  long status() const;

  bool wants_refresh() const;

  bool redirected() const;

  std::optional<std::string> next_path() const;

  void follow(std::string path);

  /// Returns whether the content is not to reach the sink (yet).
  bool held() const;

  void fail_as(CURLcode code);

  void deliver();

  std::shared_ptr<const common> session_;
  kind kind_;
  call call_;
  step at_;
  uint64_t limit_;
  callback done_;
  std::shared_ptr<io::sink_writer> sink_;
  CURL* handle_ = nullptr;
  curl_slist* headers_ = nullptr;
  curl_slist* resolved_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_{};
  uint64_t token_version_ = 0;
  header_reader header_;
  /// None: the content is kept as it comes.
  std::unique_ptr<content_decoder> decoder_;
  reply reply_;
  uint64_t received_ = 0;
  /// How often libcurl was about to send the request in this run.
  int sendings_ = 0;
  /// The header of this run's answer is complete.
  bool answering_ = false;
  bool tls_begun_ = false;
  uint64_t alerts_before_ = 0;
  uint64_t redirects_ = 0;
  bool refreshed_ = false;
  bool paused_ = false;
  /// What we found wrong ourselves, from within a callback.
  std::optional<errc> own_error_;
  std::string own_cause_;
};

} // namespace tieline::http
