#pragma once

#include <tieline/messages/secret.hpp>

#include <optional>
#include <string>

namespace fleet {

/// Asks on the terminal, without echo.
/// @returns nothing if the user interrupted it.
/// @throws usage_error if there is no terminal.
std::optional<tieline::secret> ask_password(const std::string& prompt);

} // namespace fleet
