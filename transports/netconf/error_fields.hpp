#pragma once

#include "tieline/transports/netconf/netconf_error.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tieline::netconf {

/// The fields of an error by the names of their elements.
constexpr std::pair<const char*, std::string netconf_error::*> error_fields[]
  = {
    {"error-type", &netconf_error::type},
    {"error-tag", &netconf_error::tag},
    {"error-severity", &netconf_error::severity},
    {"error-app-tag", &netconf_error::app_tag},
    {"error-path", &netconf_error::path},
    {"error-message", &netconf_error::message},
    {"error-info", &netconf_error::info},
};

/// Adds the fields as @ref netconf_errors_of tells.
void put_errors(std::map<std::string, std::string>& into,
                const std::vector<netconf_error>& errors);

/// Returns the text on one line that is not too long for people.
std::string one_line(std::string text);

std::vector<netconf_error>
get_errors(const std::map<std::string, std::string>& from);

} // namespace tieline::netconf
