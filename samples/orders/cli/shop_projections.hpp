#pragma once

#include <foldline/cli/projection_host.hpp>

#include <filesystem>
#include <memory>

namespace shop {

/// What the verbs `follow`, `projections` and `dead-letters` need of the shop: its projections, over one store.
///
/// Fails: as `shop_store`.
[[nodiscard]] std::unique_ptr<foldline::cli::projection_host> open_shop_projections(const std::filesystem::path& store);

}  // namespace shop
