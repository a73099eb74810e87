#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::detail {

struct saved_object {
    std::string state;
    global_position position;
    timestamp recorded_at;
};

/// The saved object of a memory projection: the one row of a projection NAME_saved among the read models of a file.
/// Deleting it changes no answer.
///
/// confined. The file outlives it.
/// Fails: storage_error, and `definition_error` where the name in the file is another projection's.
class object_file {
public:
    /// `form`: changes when the same object would be saved as other bytes.
    object_file(read_model_store& file, const projection& of, const store_identity& source, std::uint64_t form);
    ~object_file();

    /// Empty if nothing is there that belongs to this projection as it is, and to this store.
    [[nodiscard]] std::optional<saved_object> load() const;
    void save(const saved_object& object);
    void forget();

    [[nodiscard]] const store_identity& source() const { return source_; }

private:
    class description;

    [[nodiscard]] std::optional<projection_state> find() const;
    [[nodiscard]] bool is_of_this(const projection_state& state) const;
    [[nodiscard]] partition_claim claim();

    read_model_store& file_;
    std::unique_ptr<description> described_;
    store_identity source_;
};

}  // namespace foldline::inline v0::detail
