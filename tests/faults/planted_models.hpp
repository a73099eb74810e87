#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/read_model_store.hpp>
#include <foldline/sqlite/database.hpp>

#include <functional>
#include <memory>
#include <string>
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

/// Calls `refused` whenever a transaction was refused because its claim was lost.
class counting_models final : public passing_models {
public:
    counting_models(foldline::read_model_store& inner, std::function<void()> refused)
        : passing_models(inner), refused_(std::move(refused)) {}
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;

private:
    std::function<void()> refused_;
};

/// Planted, `no_fence`: a transaction takes the claims for good, whosever they are when it first changes something.
class unfenced_models final : public passing_models {
public:
    using passing_models::passing_models;
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;
};

/// Planted, `position_only`: one transaction in four moves the position, and leaves the rows out.
class rowless_models final : public passing_models {
public:
    using passing_models::passing_models;
    [[nodiscard]] std::unique_ptr<foldline::read_model_session> begin(
        std::span<const foldline::partition_claim> claims) override;

private:
    int begun_ = 0;
};

/// Planted, `order_lost`: a worker that looks at what is parked finds nothing, and applies what should wait.
class forgetful_models final : public passing_models {
public:
    explicit forgetful_models(foldline::read_model_store& inner);
    ~forgetful_models() override;
    [[nodiscard]] foldline::dead_letter_store& dead_letters() override;
    [[nodiscard]] const foldline::dead_letter_store& dead_letters() const override;

private:
    std::unique_ptr<foldline::dead_letter_store> letters_;
};

/// Planted, `replay_moves`: a replay puts the position where the first event was that it tried.
class moved_models final : public passing_models {
public:
    /// `file`: that of `inner`.
    moved_models(foldline::read_model_store& inner, foldline::sqlite::database& file);
    ~moved_models() override;
    [[nodiscard]] foldline::dead_letter_store& dead_letters() override;
    [[nodiscard]] const foldline::dead_letter_store& dead_letters() const override;

private:
    std::unique_ptr<foldline::dead_letter_store> letters_;
};

}  // namespace foldline_tests
