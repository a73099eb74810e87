#pragma once

#include <foldline/projections/read_model_store.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline_tests {

/// Passes everything on to other read models; a double changes what it must.
class passing_models : public foldline::read_model_store {
public:
    explicit passing_models(foldline::read_model_store& inner) : inner_(inner) {}

    [[nodiscard]] std::string place() const override { return inner_.place(); }
    [[nodiscard]] std::vector<foldline::projection_state> projections() const override { return inner_.projections(); }
    [[nodiscard]] std::optional<foldline::projection_state> find(std::string_view projection) const override {
        return inner_.find(projection);
    }
    using foldline::read_model_store::create;
    void create(const foldline::projection& projection, const foldline::store_identity& source,
                std::span<const foldline::partition> parts, foldline::if_present there) override {
        inner_.create(projection, source, parts, there);
    }
    void remove(std::string_view projection) override { inner_.remove(projection); }
    void pause(std::string_view projection, bool paused) override { inner_.pause(projection, paused); }
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override {
        return inner_.begin(claims);
    }
    void read(foldline::function_ref<void(foldline::sql_session&)> use) const override { inner_.read(use); }
    [[nodiscard]] foldline::lease_store& leases() override { return inner_.leases(); }
    [[nodiscard]] foldline::dead_letter_store& dead_letters() override { return inner_.dead_letters(); }
    [[nodiscard]] const foldline::dead_letter_store& dead_letters() const override {
        return static_cast<const foldline::read_model_store&>(inner_).dead_letters();
    }
    [[nodiscard]] std::unique_ptr<foldline::read_model_store> beside(const foldline::projection& projection) override {
        return inner_.beside(projection);
    }
    void swap_in(const foldline::projection& projection, std::unique_ptr<foldline::read_model_store> beside,
                 foldline::function_ref<void()> finish) override {
        inner_.swap_in(projection, std::move(beside), finish);
    }
    std::uint64_t compare(const foldline::projection& projection, std::unique_ptr<foldline::read_model_store> beside,
                          foldline::function_ref<void(foldline::global_position)> finish,
                          foldline::function_ref<void(const foldline::row_difference&)> sink,
                          std::size_t most) override {
        return inner_.compare(projection, std::move(beside), finish, sink, most);
    }

protected:
    [[nodiscard]] foldline::read_model_store& inner() const { return inner_; }

private:
    foldline::read_model_store& inner_;
};

}  // namespace foldline_tests
