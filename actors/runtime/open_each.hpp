#pragma once

#include "tieline/actors/runtime/fan_in.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/expected.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tieline {

/// Answers with what became of many opens, in their order.
/// @param open_one called for each with the item, which it may take apart, and
///                 what to call with its outcome:
///                 `void(caf::expected<std::optional<connection_actor>>)`
template <class OpenOne>
void open_each(std::vector<open_item>& items,
               caf::typed_response_promise<std::vector<open_outcome>> promise,
               OpenOne open_one) {
  auto all = std::make_shared<std::vector<open_outcome>>(items.size());
  auto ready = fan_in<caf::unit_t>::make(
    [promise, all](const std::vector<caf::unit_t>&) mutable {
      promise.deliver(std::move(*all));
    });
  for (size_t i = 0; i < items.size(); ++i) {
    (*all)[i].key = items[i].key;
    ready->expect();
    open_one(items[i], [all, ready,
                        i](caf::expected<std::optional<connection_actor>> got) {
      if (got)
        (*all)[i].connection = std::move(*got);
      else
        (*all)[i].error = std::move(got.error());
      ready->arrived();
    });
  }
  ready->close();
}

} // namespace tieline
