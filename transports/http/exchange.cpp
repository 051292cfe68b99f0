#include "tieline/transports/http/exchange.hpp"

#include "tieline/transports/http/diagnosis.hpp"
#include "tieline/transports/io/printable.hpp"

#include <utility>

namespace tieline::http {

namespace {

// Of the content of a 401 or redirect that a request with a sink may get.
constexpr uint64_t max_held = uint64_t{1} << 20;

long milliseconds(caf::timespan x) {
  using std::chrono::milliseconds;
  return static_cast<long>(std::chrono::ceil<milliseconds>(x).count());
}

struct url_deleter {
  void operator()(CURLU* x) const {
    curl_url_cleanup(x);
  }
};

using url_ptr = std::unique_ptr<CURLU, url_deleter>;

std::string part(const url_ptr& url, CURLUPart which, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK)
    return {};
  std::string result{text};
  curl_free(text);
  return result;
}

bool set(const url_ptr& url, const std::string& text) {
  return curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_PATH_AS_IS)
         == CURLUE_OK;
}

std::string origin_of(const url_ptr& url) {
  return part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) + ':'
         + part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string version_name(long version) {
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return "1.0";
    case CURL_HTTP_VERSION_1_1:
      return "1.1";
    case CURL_HTTP_VERSION_2_0:
      return "2";
    default:
      return "unknown";
  }
}

template <class T>
void option(CURL* transfer, CURLoption name, T value) {
  // The only failures are a lack of memory and an option that libcurl was
  // built without; the transfer then fails or ends otherwise than asked. The
  // factory has checked for the options that matter.
  curl_easy_setopt(transfer, name, value);
}

} // namespace

exchange::exchange(std::shared_ptr<const common> session, kind what, call asks,
                   step at, uint64_t limit, callback done)
  : session_(std::move(session)),
    kind_(what),
    call_(std::move(asks)),
    at_(at),
    limit_(limit),
    done_(std::move(done)) {
  // nop
}

exchange::~exchange() {
  if (transfer_ != nullptr)
    curl_easy_cleanup(release());
}

void exchange::set_up(CURL* transfer, const secret& token) {
  transfer_ = transfer;
  token_ = token;
  header_ = {};
  reply_ = {};
  received_ = 0;
  sendings_ = 0;
  paused_ = false;
  trouble_.reset();
  error_[0] = '\0';
  option(transfer_, CURLOPT_PRIVATE, static_cast<void*>(this));
  option(transfer_, CURLOPT_ERRORBUFFER, error_.data());
  option(transfer_, CURLOPT_HEADERFUNCTION, on_header);
  option(transfer_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  option(transfer_, CURLOPT_WRITEFUNCTION, on_body);
  option(transfer_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  option(transfer_, CURLOPT_PREREQFUNCTION, on_ready);
  option(transfer_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set_url();
  set_limits();
  if (session_->tls)
    set_tls();
  set_proxy();
  set_call();
  set_login();
  option(transfer_, CURLOPT_HTTPHEADER, headers_);
}

CURL* exchange::release() {
  curl_easy_reset(transfer_);
  curl_slist_free_all(std::exchange(headers_, nullptr));
  curl_slist_free_all(std::exchange(resolved_, nullptr));
  return std::exchange(transfer_, nullptr);
}

exchange::next exchange::conclude(CURLcode code) {
  if (code != CURLE_OK) {
    fail_as(code);
    return next::answered;
  }
  // libcurl has no objection to a header that is cut off.
  if (kind_ == kind::request && !header_.complete()) {
    fail(errc::connection_lost, at_, "closed within the header");
    return next::answered;
  }
  if (wants_refresh())
    return next::refresh;
  if (auto target = redirect_target()) {
    follow(std::move(*target));
    return next::again;
  }
  return settle();
}

exchange::next exchange::settle() {
  if (sink_ && !reply_.output.empty())
    sink_->put({std::exchange(reply_.output, {}), {}});
  return drained();
}

exchange::next exchange::drained() {
  if (sink_lost()) {
    fail(errc::canceled, step::execute, "the sink takes no more");
    return next::answered;
  }
  if (sink_ && !sink_->flushed())
    return next::drain;
  deliver();
  return next::answered;
}

CURLcode exchange::resume() {
  if (!paused_ || sink_->full())
    return CURLE_OK;
  paused_ = false;
  return curl_easy_pause(transfer_, CURLPAUSE_CONT);
}

void exchange::fail(errc code, step at, const std::string& cause) {
  if (auto done = std::exchange(done_, nullptr))
    done(make_error(code, {session_->who.key, at, io::printable(cause)}));
}

void exchange::set_url() {
  const auto& who = session_->who;
  option(transfer_, CURLOPT_PROTOCOLS_STR, "http,https");
  option(transfer_, CURLOPT_URL, (who.origin + '/').c_str());
  if (!session_->resolved.empty()) {
    resolved_ = curl_slist_append(nullptr, session_->resolved.c_str());
    option(transfer_, CURLOPT_RESOLVE, resolved_);
  }
  option(transfer_, CURLOPT_USERAGENT, "tieline");
  auto only_1 = who.options.http_version == http_version::http_1_1;
  option(transfer_, CURLOPT_HTTP_VERSION,
         long{only_1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS});
  // Rather wait for a connection that may carry many than make another.
  option(transfer_, CURLOPT_PIPEWAIT, 1L);
}

void exchange::set_limits() {
  option(transfer_, CURLOPT_NOSIGNAL, 1L);
  option(transfer_, CURLOPT_CONNECTTIMEOUT_MS,
         milliseconds(session_->who.options.connect_timeout));
  // As io::dialer: a peer that vanished without a word is noticed in 90 s.
  option(transfer_, CURLOPT_TCP_KEEPALIVE, 1L);
  option(transfer_, CURLOPT_TCP_KEEPIDLE, 60L);
  option(transfer_, CURLOPT_TCP_KEEPINTVL, 10L);
  if (kind_ == kind::connect)
    option(transfer_, CURLOPT_CONNECT_ONLY, 1L);
}

void exchange::set_tls() {
  auto check = session_->who.options.verify;
  option(transfer_, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L);
  option(transfer_, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L);
  // What to trust comes with the material, nothing else does.
  option(transfer_, CURLOPT_CAINFO, static_cast<char*>(nullptr));
  option(transfer_, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  option(transfer_, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  option(transfer_, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
  option(transfer_, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
}

void exchange::set_proxy() {
  const auto& who = session_->who;
  // Empty is not the same as none: then libcurl asks the environment.
  option(transfer_, CURLOPT_PROXY, who.options.proxy.c_str());
  option(transfer_, CURLOPT_NOPROXY, "");
  if (who.options.proxy.empty())
    return;
  option(transfer_, CURLOPT_HTTPPROXYTUNNEL, 1L);
  option(transfer_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (who.options.proxy_username.empty())
    return;
  std::string password{who.proxy_password.reveal()};
  option(transfer_, CURLOPT_PROXYAUTH, long{CURLAUTH_BASIC});
  option(transfer_, CURLOPT_PROXYUSERNAME, who.options.proxy_username.c_str());
  option(transfer_, CURLOPT_PROXYPASSWORD, password.c_str());
  explicit_bzero(password.data(), password.size());
}

void exchange::set_login() {
  const auto& who = session_->who;
  if (kind_ == kind::connect || call_.has_authorization())
    return;
  if (who.options.auth == http_auth::basic) {
    std::string password{who.password.reveal()};
    option(transfer_, CURLOPT_HTTPAUTH, long{CURLAUTH_BASIC});
    option(transfer_, CURLOPT_USERNAME, who.user.c_str());
    option(transfer_, CURLOPT_PASSWORD, password.c_str());
    explicit_bzero(password.data(), password.size());
  } else if (who.options.auth == http_auth::bearer) {
    std::string token{token_.reveal()};
    option(transfer_, CURLOPT_HTTPAUTH, long{CURLAUTH_BEARER});
    option(transfer_, CURLOPT_XOAUTH2_BEARER, token.c_str());
    explicit_bzero(token.data(), token.size());
  }
}

void exchange::set_call() {
  if (kind_ == kind::connect)
    return;
  option(transfer_, CURLOPT_REQUEST_TARGET, call_.path.c_str());
  auto expects_content = call_.method == "POST" || call_.method == "PUT"
                         || call_.method == "PATCH";
  if (call_.method == "HEAD") {
    option(transfer_, CURLOPT_NOBODY, 1L);
  } else if (expects_content || !call_.body.empty()) {
    option(transfer_, CURLOPT_POSTFIELDSIZE_LARGE,
           static_cast<curl_off_t>(call_.body.size()));
    option(transfer_, CURLOPT_POSTFIELDS, call_.body.data());
    // What libcurl would add: a type that it is not, and a wait for a 100.
    add_header("Expect:");
    auto typed = false;
    for (const auto& [name, value] : call_.headers)
      typed = typed || lower(name) == "content-type";
    if (!typed)
      add_header("Content-Type:");
  }
  if (call_.method != "HEAD")
    option(transfer_, CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  for (const auto& [name, value] : call_.headers)
    // A field without a value is written with a semicolon for libcurl.
    add_header(value.empty() ? name + ';' : name + ": " + value);
}

void exchange::add_header(const std::string& line) {
  headers_ = curl_slist_append(headers_, line.c_str());
}

size_t exchange::on_header(char* data, size_t, size_t size, void* self) {
  return static_cast<exchange*>(self)->take_header({data, size});
}

size_t exchange::on_body(char* data, size_t, size_t size, void* self) {
  return static_cast<exchange*>(self)->take_body({data, size});
}

// libcurl sends a request again on another connection whenever one that it had
// used before turns out to be closed, whatever the method.
int exchange::on_ready(void* self, char*, char*, int, int) {
  auto& x = *static_cast<exchange*>(self);
  auto again = x.sendings_++;
  return again == 0 || (again == 1 && x.call_.idempotent())
           ? CURL_PREREQFUNC_OK
           : CURL_PREREQFUNC_ABORT;
}

CURLcode exchange::on_ssl_context(CURL*, void* context, void* self) {
  auto& x = *static_cast<exchange*>(self);
  return x.session_->tls->install(static_cast<SSL_CTX*>(context))
           ? CURLE_OK
           : CURLE_SSL_CERTPROBLEM;
}

size_t exchange::take_header(std::string_view line) {
  if (header_.take(line))
    return line.size();
  trouble_ = errc::protocol_error;
  trouble_cause_ = "the header has more than "
                   + std::to_string(header_reader::limit) + " bytes";
  return line.size() + 1;
}

size_t exchange::take_body(std::string_view data) {
  auto keep = held();
  if (sink_ && !keep && sink_->full()) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  auto limit = limit_ == 0 && sink_ && keep ? max_held : limit_;
  received_ += data.size();
  if (limit > 0 && received_ > limit) {
    trouble_ = errc::output_limit;
    trouble_cause_ = "more than " + std::to_string(limit) + " bytes";
    return data.size() + 1;
  }
  if (sink_ && !keep)
    sink_->put({std::string{data}, {}});
  else
    reply_.output += data;
  return data.size();
}

long exchange::status() const {
  long result = 0;
  curl_easy_getinfo(transfer_, CURLINFO_RESPONSE_CODE, &result);
  return result;
}

bool exchange::wants_refresh() const {
  return kind_ == kind::request && !refreshed_ && session_->who.can_refresh()
         && !call_.has_authorization() && status() == 401;
}

bool exchange::redirected() const {
  switch (status()) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

// None: the answer stands as it is.
std::optional<std::string> exchange::redirect_target() const {
  if (redirects_ >= session_->who.options.redirects || !redirected())
    return std::nullopt;
  std::string location{header_.field("location")};
  url_ptr base{curl_url()};
  url_ptr url{curl_url()};
  if (location.empty() || !set(base, session_->who.origin + '/')
      || !set(url, session_->who.origin + call_.path) || !set(url, location)
      || origin_of(url) != origin_of(base))
    return std::nullopt;
  auto target = part(url, CURLUPART_PATH);
  if (auto query = part(url, CURLUPART_QUERY); !query.empty())
    target += '?' + query;
  if (!check_path(target).empty())
    return std::nullopt;
  return target;
}

// See RFC 9110, 15.4: who is told to see another place asks for it with GET;
// the older codes mean that for POST only.
void exchange::follow(std::string path) {
  ++redirects_;
  auto code = status();
  auto becomes_get = (code == 303 && call_.method != "HEAD")
                     || ((code == 301 || code == 302)
                         && call_.method == "POST");
  if (becomes_get) {
    call_.method = "GET";
    call_.body.clear();
  }
  call_.path = std::move(path);
}

bool exchange::held() const {
  return wants_refresh() || redirect_target().has_value();
}

void exchange::fail_as(CURLcode code) {
  if (trouble_) {
    fail(*trouble_, at_, trouble_cause_);
    return;
  }
  auto info = [this](CURLINFO name) {
    long result = 0;
    curl_easy_getinfo(transfer_, name, &result);
    return result;
  };
  symptoms x;
  x.code = code;
  x.text = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  x.os_error = static_cast<int>(info(CURLINFO_OS_ERRNO));
  x.connected = info(CURLINFO_LOCAL_PORT) > 0;
  x.ready = sendings_ > 0;
  x.tls = session_->who.tls;
  x.tunnel_status = info(CURLINFO_HTTP_CONNECTCODE);
  // libcurl runs out of memory, as it calls it, over a line of its limit.
  if (code == CURLE_OUT_OF_MEMORY && x.ready && !header_.complete()) {
    fail(errc::protocol_error, at_, "a line of the header is too long");
    return;
  }
  if (code == CURLE_ABORTED_BY_CALLBACK)
    x.text = "the connection was closed before the answer; the request is not "
             "sent again";
  auto found = diagnose(x, at_);
  fail(found.code, found.at, x.text);
}

void exchange::deliver() {
  reply_.status = static_cast<int32_t>(status());
  long version = 0;
  curl_easy_getinfo(transfer_, CURLINFO_HTTP_VERSION, &version);
  if (kind_ == kind::request)
    reply_.attributes.emplace("http_version", version_name(version));
  for (const auto& [name, value] : header_.fields())
    reply_.attributes.emplace("header." + name, value);
  reply_.elapsed = io::clock::now() - arrived;
  if (auto done = std::exchange(done_, nullptr))
    done(std::move(reply_));
}

} // namespace tieline::http
