#include "support/private_accounts.hpp"

#include "support/process.hpp"

#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace tieline::test {

namespace {

const std::string user_name = "tieline";

const std::string guest_name = "tieline-guest";

const std::string user_password = "copper-kettle-9413";

// Far from what adduser hands out.
const std::string user_id = "59413";

const std::string guest_id = "59414";

constexpr auto pam_service = "auth required pam_unix.so\n"
                             "account required pam_unix.so\n"
                             "session required pam_permit.so\n"
                             "password required pam_unix.so\n";

std::string crypted_password() {
  static const auto result = [] {
    auto text = run_checked({"openssl", "passwd", "-6", "-stdin"},
                            user_password + "\n");
    return text.substr(0, text.find('\n'));
  }();
  return result;
}

std::string current_user() {
  auto* entry = getpwuid(geteuid());
  if (entry == nullptr)
    throw std::runtime_error("who runs this test has no name");
  return entry->pw_name;
}

} // namespace

private_accounts::private_accounts(const temp_dir& dir)
  : private_accounts(dir, options{}) {
  // nop
}

private_accounts::private_accounts(const temp_dir& dir, const options& how)
  : home_(dir / "home") {
  std::filesystem::create_directory(home_);
  if (!denied().empty()) {
    login_ = current_user();
    return;
  }
  login_ = user_name;
  auto account = [this](const std::string& name, const std::string& id) {
    return name + ":x:" + id + ":" + user_id + "::" + home_ + ":/bin/sh\n";
  };
  auto secret = [](const std::string& name, const std::string& password,
                   const std::string& changed = "19000") {
    return name + ":" + password + ":" + changed + ":0:99999:7:::\n";
  };
  dir.write("passwd", read_file("/etc/passwd") + account(user_name, user_id)
                        + account(guest_name, guest_id));
  dir.write("group",
            read_file("/etc/group") + user_name + ":x:" + user_id + ":\n");
  auto shadow = dir.write("shadow", "");
  std::filesystem::permissions(shadow, std::filesystem::perms::owner_read);
  write_file(shadow, read_file("/etc/shadow")
                       + secret(user_name, crypted_password(),
                                how.expired ? "0" : "19000")
                       + secret(guest_name, ""));
  dir.write("pam", how.pam.empty() ? pam_service : how.pam);
  run_checked({"chown", user_id + ":" + user_id, home_});
  // sshd chroots into /run/sshd; both servers write below /run and /var/log.
  script_ = "cd '" + dir.path()
            + "' && "
              "mount --bind passwd /etc/passwd && "
              "mount --bind group /etc/group && "
              "mount --bind shadow /etc/shadow && "
              "if [ -e /etc/pam.d/sshd ];"
              " then mount --bind pam /etc/pam.d/sshd; fi && "
              "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && "
              "mount -t tmpfs none /var/log && cd / && exec \"$@\"";
}

const std::string& private_accounts::denied() {
  static const auto reason = []() -> std::string {
    if (geteuid() != 0)
      return "accounts for a test take root (its own /etc/shadow)";
    auto [status, output] = run(
      {"unshare", "--mount", "mount", "--bind", "/etc/passwd", "/etc/passwd"});
    if (status == 127)
      return "unshare and mount are missing: apt-get install util-linux mount";
    if (status != 0)
      return "accounts for a test take a mount namespace: " + output;
    return "";
  }();
  return reason;
}

const std::string& private_accounts::password() const {
  if (!denied().empty())
    throw std::runtime_error(denied());
  return user_password;
}

const std::string& private_accounts::guest() const {
  if (!denied().empty())
    throw std::runtime_error(denied());
  return guest_name;
}

std::vector<std::string>
private_accounts::enclose(std::vector<std::string> command) const {
  if (script_.empty())
    return command;
  std::vector<std::string> result{"unshare", "--mount", "sh",
                                  "-c",      script_,   "sh"};
  result.insert(result.end(), command.begin(), command.end());
  return result;
}

} // namespace tieline::test
