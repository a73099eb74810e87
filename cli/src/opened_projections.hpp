#pragma once

#include <foldline/cli/projection_host.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::cli {

/// What the program opens over a store. Throws `store_not_found` where there is none.
[[nodiscard]] std::unique_ptr<projection_host> opened(const std::filesystem::path& store, const open_projections& open);

/// Those that are named, once each; all where none is. Throws `unknown_name`.
[[nodiscard]] std::vector<const described_projection*> chosen(const projection_host& host,
                                                              const std::vector<std::string>& names);
[[nodiscard]] const described_projection& chosen(const projection_host& host, const std::string& name);

/// The names given, or those of all projections with rows where none is. Throws `unknown_name` for one without rows.
[[nodiscard]] std::vector<std::string> with_rows(const read_model_store& models, const std::vector<std::string>& names);

/// `sales, customers`: for people.
[[nodiscard]] std::string in_words(const std::vector<std::string>& names);

}  // namespace foldline::inline v0::cli
