#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

// The file beside a file of read models in which one projection is rebuilt. It is opened and removed by whoever has the
// write lease of that file.

/// Throws `store_in_use` while another rebuild has it.
[[nodiscard]] std::unique_ptr<database> open_side_file(const database& file, std::string_view projection);
void remove_side_file(const database& file, std::string_view projection);

/// A side file that nobody has open, under the name `rebuilt`, for as long as this lives. Made and ended outside of
/// transactions.
///
/// confined, like its connection.
class attached_side {
public:
    attached_side(connection& db, const database& file, std::string_view projection);
    attached_side(const attached_side&) = delete;
    attached_side& operator=(const attached_side&) = delete;
    ~attached_side();

    /// Puts everything of the projection that is there in the place of what is here. Inside a transaction.
    void take_over(const projection& projection) const;
    /// Tells how the tables of the projection differ, as `read_model_store::compare` does.
    [[nodiscard]] std::uint64_t compare(std::string_view projection, function_ref<void(const row_difference&)> sink,
                                        std::size_t most) const;

private:
    [[nodiscard]] std::vector<std::string> tables(std::string_view projection) const;
    void take_state(std::string_view projection) const;
    void take_place(std::string_view projection) const;
    void take_parked(std::string_view projection) const;

    connection& db_;
};

/// Where the rows of a projection stand. Throws `definition_error` if there are none, or if they are of another
/// definition, and `invalid_request` if they stand at several places.
[[nodiscard]] global_position require_comparable(connection& db, const projection& projection);
/// Throws `invalid_request` unless what was built stands there.
void require_built_to(const read_model_store& beside, std::string_view projection, global_position position);

}  // namespace foldline::inline v0::sqlite
