#pragma once

#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Read models in an SQLite file of their own, so that they never hold up appends.
///
/// One session at a time changes the file; others that only look rows up run beside it. A rebuild works in
/// `FILE.PROJECTION.rebuild` beside it, and removes that when it is done.
///
/// Threads: shared. `file` outlives it.
class sqlite_read_models final : public read_model_store {
public:
    explicit sqlite_read_models(database& file);
    ~sqlite_read_models() override;

    [[nodiscard]] std::string place() const override;
    [[nodiscard]] std::vector<projection_state> projections() const override;
    [[nodiscard]] std::optional<projection_state> find(std::string_view projection) const override;

    using read_model_store::create;
    void create(const projection& projection, const store_identity& source, std::span<const partition> whole,
                if_present there) override;
    void remove(std::string_view projection) override;
    void pause(std::string_view projection, bool paused) override;

    [[nodiscard]] std::unique_ptr<read_model_session> begin(std::span<const partition_claim> claims) override;
    void read(function_ref<void(sql_session&)> use) const override;

    [[nodiscard]] lease_store& leases() override;
    [[nodiscard]] dead_letter_store& dead_letters() override;
    [[nodiscard]] const dead_letter_store& dead_letters() const override;

    [[nodiscard]] std::unique_ptr<read_model_store> beside(const projection& projection) override;
    void swap_in(const projection& projection, std::unique_ptr<read_model_store> beside,
                 function_ref<void()> finish) override;
    std::uint64_t compare(const projection& projection, std::unique_ptr<read_model_store> beside,
                          function_ref<void(global_position)> finish, function_ref<void(const row_difference&)> sink,
                          std::size_t most) override;

private:
    struct parts;
    explicit sqlite_read_models(std::unique_ptr<parts> made);
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
