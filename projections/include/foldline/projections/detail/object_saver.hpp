#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/projections/detail/memory_rows.hpp>
#include <foldline/projections/detail/object_file.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0 {
class memory_read_models;
}

namespace foldline::inline v0::detail {

/// Throws `definition_error` for a name that is none, or version 0.
void require_memory_projection(std::string_view name, std::uint32_t version);
/// Throws `definition_error` where this kind of event has a handler, or what is saved depends on the handlers already.
void require_new_handler(const projection& target, event_type type, bool is_saved);

[[nodiscard]] std::string message_to_bytes(const google::protobuf::Message& message);
/// Throws `error` for bytes that do not decode.
void message_from_bytes(std::string_view bytes, google::protobuf::Message& message);

/// When and where the object of a memory projection is saved; or nowhere.
///
/// Threads: shared, but for `set`.
class object_saver {
public:
    using taking = function_ref<std::optional<saved_object>()>;

    void set(const memory_read_models& models, std::unique_ptr<object_file> file, const projection& of,
             std::int64_t every);
    [[nodiscard]] bool is_set() const { return file_ != nullptr; }
    /// The state of a projection that was loaded and stands there.
    [[nodiscard]] projection_state state_at(const memory_rows::saved_place& place, const projection& of) const;

    /// Saves what `take` gives, unless that is what is saved.
    bool save(taking take);
    /// Keeps what goes wrong as `error`: a shortcut that could not be saved is no reason to stop.
    void save_if_due(global_position position, taking take);
    [[nodiscard]] std::string error() const;

    /// Hands the saved bytes to `use`, if there are any that fit; empty also if they cannot be read.
    [[nodiscard]] std::optional<memory_rows::saved_place> load(function_ref<void(std::string_view)> use);
    void forget();

private:
    std::unique_ptr<object_file> file_;
    std::int64_t every_ = 0;
    std::mutex saving_;  // held while the file is used
    std::int64_t saved_at_ = 0;
    std::atomic<std::int64_t> tried_at_ = 0;
    std::atomic<std::uint64_t> forgotten_ = 0;  // an object that was taken before that is not to be saved after it
    guarded<std::string> error_;
};

}  // namespace foldline::inline v0::detail
