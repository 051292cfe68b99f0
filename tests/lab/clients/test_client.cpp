#include "test_client.hpp"

#include "support/exit_status.hpp"

#include <arpa/inet.h>
#include <libssh/callbacks.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace tieline::lab::test {

namespace {

void on_signal(ssh_session, ssh_channel, const char* signal, int, const char*,
               const char*, void* out) {
  static_cast<outcome*>(out)->signal = signal;
}

// Data is taken as it arrives: reading from a channel whose session has died
// since is an error even if there is something to read.
int on_data(ssh_session, ssh_channel, void* data, std::uint32_t size,
            int is_stderr, void* out) {
  auto result = static_cast<outcome*>(out);
  (is_stderr ? result->error : result->output)
    .append(static_cast<const char*>(data), size);
  return static_cast<int>(size);
}

} // namespace

client::client(const device& where, int timeout_seconds) : session_(ssh_new()) {
  int port = where.port();
  int on = 1;
  long timeout = timeout_seconds;
  bool process_config = false;
  ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &process_config);
  ssh_options_set(session_, SSH_OPTIONS_SSH_DIR, "/dev/null");
  ssh_options_set(session_, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  ssh_options_set(session_, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  ssh_options_set(session_, SSH_OPTIONS_HOST, where.address().c_str());
  ssh_options_set(session_, SSH_OPTIONS_PORT, &port);
  ssh_options_set(session_, SSH_OPTIONS_USER, "lab");
  ssh_options_set(session_, SSH_OPTIONS_NODELAY, &on);
  ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &timeout);
}

client::~client() {
  ssh_disconnect(session_);
  ssh_free(session_);
}

bool client::connect() {
  return ssh_connect(session_) == SSH_OK;
}

int client::none() {
  return ssh_userauth_none(session_, nullptr);
}

int client::password(const std::string& user, const std::string& password) {
  return ssh_userauth_password(session_, user.c_str(), password.c_str());
}

int client::key(const std::string& user, ssh_key key) {
  return ssh_userauth_publickey(session_, user.c_str(), key);
}

int client::answer(const std::string& user, const std::string& answer) {
  auto result = ssh_userauth_kbdint(session_, user.c_str(), nullptr);
  while (result == SSH_AUTH_INFO) {
    for (int i = 0; i < ssh_userauth_kbdint_getnprompts(session_); ++i)
      ssh_userauth_kbdint_setanswer(session_, static_cast<unsigned>(i),
                                    answer.c_str());
    result = ssh_userauth_kbdint(session_, user.c_str(), nullptr);
  }
  return result;
}

bool client::open() {
  return connect() && password("lab", "lab") == SSH_AUTH_SUCCESS;
}

std::optional<outcome> client::run(const std::string& line,
                                   const std::string& input) {
  auto channel = ssh_channel_new(session_);
  if (ssh_channel_open_session(channel) != SSH_OK) {
    ssh_channel_free(channel);
    return std::nullopt;
  }
  outcome result;
  ssh_channel_callbacks_struct callbacks{};
  ssh_callbacks_init(&callbacks);
  callbacks.userdata = &result;
  callbacks.channel_exit_signal_function = on_signal;
  callbacks.channel_data_function = on_data;
  ssh_set_channel_callbacks(channel, &callbacks);
  result.accepted = ssh_channel_request_exec(channel, line.c_str()) == SSH_OK;
  if (result.accepted) {
    if (!input.empty())
      ssh_channel_write(channel, input.data(),
                        static_cast<std::uint32_t>(input.size()));
    ssh_channel_send_eof(channel);
    char none = 0;
    ssh_channel_read(channel, &none, 1, 0); // until the end
    result.status = tieline::test::exit_status(channel);
  }
  ssh_channel_close(channel);
  ssh_remove_channel_callbacks(channel, &callbacks);
  ssh_channel_free(channel);
  return result;
}

std::string client::host_key() const {
  ssh_key key = nullptr;
  ssh_get_server_publickey(session_, &key);
  auto line = public_line(key);
  ssh_key_free(key);
  return line.substr(line.find(' ') + 1);
}

std::string client::host_key_fingerprint() const {
  ssh_key key = nullptr;
  unsigned char* hash = nullptr;
  size_t size = 0;
  ssh_get_server_publickey(session_, &key);
  ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size);
  ssh_key_free(key);
  auto text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  std::string result = text;
  ssh_string_free_char(text);
  ssh_clean_pubkey_hash(&hash);
  return result;
}

ssh_key new_key() {
  ssh_key result = nullptr;
  ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &result);
  return result;
}

std::string public_line(ssh_key key) {
  char* text = nullptr;
  ssh_pki_export_pubkey_base64(key, &text);
  std::string result = ssh_key_type_to_char(ssh_key_type(key));
  result.append(" ").append(text);
  ssh_string_free_char(text);
  return result;
}

int tcp_connect(const device& where, int timeout_ms) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(where.port());
  inet_pton(AF_INET, where.address().c_str(), &to.sin_addr);
  auto fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to));
  pollfd p{fd, POLLOUT, 0};
  int error = ETIMEDOUT;
  socklen_t size = sizeof(error);
  if (poll(&p, 1, timeout_ms) == 1)
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0)
    return fd;
  close(fd);
  errno = error;
  return -1;
}

std::string tcp_read(int fd, int timeout_ms, int& why) {
  std::string result;
  char buffer[4096];
  pollfd p{fd, POLLIN, 0};
  while (poll(&p, 1, timeout_ms) == 1) {
    auto n = read(fd, buffer, sizeof(buffer));
    if (n <= 0) {
      why = n == 0 ? 0 : errno;
      return result;
    }
    result.append(buffer, static_cast<std::size_t>(n));
  }
  why = EAGAIN;
  return result;
}

bool tcp_reads_banner(int fd) {
  std::string got;
  auto why = EAGAIN;
  auto complete = [&] {
    got += tcp_read(fd, 10, why);
    return why != EAGAIN || got.find('\n') != std::string::npos;
  };
  return eventually(complete) && got.compare(0, 8, "SSH-2.0-") == 0;
}

std::size_t count_own(const char* what) {
  std::filesystem::directory_iterator i{std::string{"/proc/self/"} + what}, end;
  return static_cast<std::size_t>(std::distance(i, end));
}

double cpu_ms(const std::string& thread_name) {
  double result = 0;
  for (auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::ifstream comm{task.path() / "comm"}, stat{task.path() / "schedstat"};
    std::string name;
    double ns = 0;
    if (comm >> name && name == thread_name && stat >> ns)
      result += ns / 1e6;
  }
  return result;
}

long own_status(const std::string& field) {
  std::ifstream file{"/proc/self/status"};
  for (std::string word; file >> word;)
    if (long value = 0; word == field + ":" && file >> value)
      return value;
  return -1;
}

} // namespace tieline::lab::test
