#include "tieline/transports/ssh/host_key_check.hpp"

namespace tieline::ssh {

namespace {

using action = host_key_check::action;

host_key_check refuse(errc code, std::string cause) {
  return {action::refuse, code, std::move(cause)};
}

std::string show(const host_key& key) {
  return key.type + ' ' + fingerprint(key);
}

std::string place_of(const known_key& x) {
  return x.file + (x.file.empty() ? "line " : " line ")
         + std::to_string(x.line);
}

std::string show(const std::vector<known_key>& known) {
  std::string result;
  for (const auto& x : known) {
    if (x.revoked || x.authority || x.bare)
      continue;
    if (!result.empty())
      result += ", ";
    result += show(x.key) + " (" + place_of(x) + ')';
  }
  return result;
}

} // namespace

host_key_check
check_host_key(const host_key& presented, const std::vector<known_key>& known,
               host_key_policy policy, const std::string& place) {
  if (policy == host_key_policy::off)
    return {action::trust, errc::none, {}};
  if (presented.blob.empty())
    return refuse(errc::protocol_error, "the server's key makes no sense");
  auto presents = "the server presents " + show(presented);
  switch (judge(known, presented)) {
    case host_key_verdict::good:
      return {action::trust, errc::none, {}};
    case host_key_verdict::unknown:
      // A key that is not signed may be anybody's there, also the first time.
      for (const auto& x : known)
        if (x.authority)
          return refuse(errc::host_key_unknown,
                        presents + "; for " + place
                          + ", a certificate authority (" + place_of(x)
                          + ") is to vouch for the host, and host certificates "
                            "are not supported. If the fingerprint is right, "
                            "add the key there");
      if (policy == host_key_policy::accept_new)
        return {action::add, errc::none, {}};
      return refuse(errc::host_key_unknown,
                    presents + "; there is no key for " + place
                      + ". If the fingerprint is right, add the key there or "
                        "open once with host_key_policy=accept_new");
    case host_key_verdict::changed:
      return refuse(errc::host_key_changed,
                    presents + "; known for " + place + " is " + show(known));
    case host_key_verdict::revoked:
      break;
  }
  return refuse(errc::host_key_changed,
                presents + ", which is revoked for " + place);
}

} // namespace tieline::ssh
