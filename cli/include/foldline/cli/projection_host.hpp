#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace foldline::inline v0::cli {

/// A projection of a program, for the verbs that look after projections.
///
///     {"sales", "Units by country", [] { return std::make_unique<sql_projection>(sales()); }, {}}
///
/// value.
struct described_projection {
    std::string name;   ///< as `make()->name()`
    std::string about;  ///< one line for people
    /// A new object each time: those that work at the same time share nothing.
    std::function<std::unique_ptr<projection>()> make;
    error_policy on_failure{};  ///< of `follow`; a rebuild waits for nothing
};

/// The wiring of a program over one store, as far as its projections need it.
///
/// Threads: its members may be called from any thread, and what they refer to is shared. It outlives that.
class projection_host {
public:
    virtual ~projection_host() = default;

    /// As the program reads them: through its upcasters.
    [[nodiscard]] virtual const event_store& events() = 0;
    [[nodiscard]] virtual read_model_store& models() = 0;
    /// Of the store, for commits of other processes too (`sqlite::commit_watch_runner`).
    [[nodiscard]] virtual commit_signal& commits() = 0;
    /// The same ones for as long as it lives.
    [[nodiscard]] virtual std::span<const described_projection> projections() const = 0;
};

/// Opens what a program needs for its projections over this store, which exists. Throws what opening a store throws.
using open_projections = std::function<std::unique_ptr<projection_host>(const std::filesystem::path& store)>;

}  // namespace foldline::inline v0::cli
