#include "http/nginx_server.hpp"

#include "support/eventually.hpp"
#include "support/loopback_ports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <stdexcept>

namespace tieline::test {

namespace {

constexpr auto program = "/usr/sbin/nginx";

bool accepts(uint16_t port) {
  owned_fd fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0;
}

// What each server has; @ stands for the folder.
constexpr auto locations = R"(
    root @/root;
    default_type text/plain;
    location = / { return 200 "hello\n"; }
    location /echo {
      return 200 "$request_method\n$request_uri\n$http_x_test\n$http_authorization\n";
    }
    location = /connection { return 200 "$connection $connection_requests\n"; }
    location = /closing {
      keepalive_timeout 0;
      return 200 "$connection $connection_requests\n";
    }
    location = /post {
      client_body_buffer_size 8k;
      proxy_set_header x-body $request_body;
      proxy_set_header x-type $content_type;
      proxy_pass http://127.0.0.1:PLAIN/reflect;
    }
    location = /reflect { return 200 "$http_x_type|$http_x_body"; }
    location /files/ {
      client_max_body_size 64m;
      dav_methods PUT DELETE;
      create_full_put_path on;
    }
    location = /slow { limit_rate 1k; rewrite ^ /files/slow break; }
    location = /basic {
      auth_basic "test";
      auth_basic_user_file @/passwords;
      return 200 "welcome $remote_user\n";
    }
    location = /basic-file {
      auth_basic "test";
      auth_basic_user_file @/passwords;
      try_files /welcome =404;
    }
    location = /token {
      if ($http_authorization !~ "^Bearer (?<token>\w+)$") { return 401 "who?\n"; }
      if (!-f @/tokens/$token) { return 401 "not you\n"; }
      return 200 "welcome $token\n";
    }
    location ~ ^/status/(?<code>404)$ { return 404 "nothing here\n"; }
    location ~ ^/status/(?<code>500)$ { return 500 "broken\n"; }
    location ~ ^/status/(?<code>204)$ { return 204; }
    location = /redirect/here { return 302 /echo/there; }
    location = /redirect/see { return 303 /echo/seen; }
    location = /redirect/loop { return 307 /redirect/loop; }
    location = /redirect/away { return 302 http://127.0.0.1:PLAIN/echo/away; }
    location = /cookies {
      add_header set-cookie "a=1";
      add_header set-cookie "b=2";
      add_header x-list "one";
      add_header x-list "two";
      return 200 "";
    }
)";

std::string replaced(std::string text, const std::string& what,
                     const std::string& by) {
  for (auto pos = text.find(what); pos != std::string::npos;
       pos = text.find(what, pos + by.size()))
    text.replace(pos, what.size(), by);
  return text;
}

} // namespace

nginx_server::nginx_server()
  : good_(ca_.issue("good")),
    misnamed_certificate_(
      ca_.issue("misnamed", {"DNS:elsewhere.test", false, ""})),
    expired_certificate_(
      ca_.issue("expired", {"DNS:localhost,IP:127.0.0.1", true, ""})) {
  require_program(program, "nginx");
  std::filesystem::create_directories(dir_ / "root/files");
  std::filesystem::create_directories(dir_ / "tokens");
  dir_.write("passwords", "admin:{PLAIN}sesame\n");
  dir_.write("root/welcome", "welcome\n");
  dir_.write("log", "");
  dir_.write("requests", "");
  // Somebody else may take a port before nginx does.
  for (int attempt = 0; attempt < 10; ++attempt) {
    for (auto* port : {&plain_, &tls_, &tls_1_, &forgetful_, &mutual_,
                       &misnamed_, &expired_})
      *port = free_port();
    if (start())
      return;
  }
  throw std::runtime_error("nginx does not start: " + read_file(dir_ / "log"));
}

bool nginx_server::start() {
  auto file = dir_.write("nginx.conf", config());
  process_ = child_process{
    {program, "-p", dir_.path(), "-c", file, "-e", dir_ / "log"}, dir_ / "log"};
  eventually([this] { return !process_.running() || accepts(expired_); });
  return process_.running();
}

std::string nginx_server::config() const {
  auto server = [](uint16_t port, const std::string& words,
                   const std::string& more, int requests = 1'000'000) {
    return "  server {\n    listen 127.0.0.1:" + std::to_string(port) + ' '
           + words + ";\n" + more + "    keepalive_requests "
           + std::to_string(requests) + ";\n" + locations + "  }\n";
  };
  auto shows = [](const certificate& x) {
    return "    ssl_certificate " + x.file + ";\n    ssl_certificate_key "
           + x.key + ";\n";
  };
  auto text = std::string{R"(
daemon off;
master_process off;
pid @/pid;
error_log @/log;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  log_format plain '$request_method $request_uri $status';
  access_log @/requests plain;
  client_body_temp_path @/body;
  proxy_temp_path @/proxy;
  fastcgi_temp_path @/fastcgi;
  uwsgi_temp_path @/uwsgi;
  scgi_temp_path @/scgi;
)"};
  text += server(plain_, "", "");
  text += server(tls_, "ssl http2", shows(good_));
  text += server(tls_1_, "ssl", shows(good_));
  text += server(forgetful_, "ssl http2", shows(good_), 20);
  text += server(mutual_, "ssl",
                 shows(good_) + "    ssl_client_certificate " + ca_.file()
                   + ";\n    ssl_verify_client on;\n");
  text += server(misnamed_, "ssl", shows(misnamed_certificate_));
  text += server(expired_, "ssl", shows(expired_certificate_));
  text += "}\n";
  return replaced(replaced(text, "@", dir_.path()), "PLAIN",
                  std::to_string(plain_));
}

void nginx_server::put(const std::string& name,
                       std::string_view content) const {
  dir_.write("root/files/" + name, content);
}

void nginx_server::let_in(const std::string& token, bool in) const {
  if (in)
    dir_.write("tokens/" + token, "");
  else
    std::filesystem::remove(dir_ / ("tokens/" + token));
}

void nginx_server::stop() {
  process_.kill_all();
}

void nginx_server::start_again() {
  if (!start())
    throw std::runtime_error("nginx does not start again: "
                             + read_file(dir_ / "log"));
}

std::string nginx_server::requests() const {
  return read_file(dir_ / "requests");
}

} // namespace tieline::test
