// Layout only: never built, for want of an Android toolchain (README.md). The sources are those of the Maven project.
plugins {
    id("com.android.library")
    kotlin("android")
}

android {
    namespace = "keymanager.kotlin"
    compileSdk = 35
    defaultConfig {
        minSdk = 28
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
    // src/main/jniLibs/arm64-v8a/libkeymanager_uniffi.so and its like.
    sourceSets["main"].kotlin.srcDir("../src/main/kotlin")
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
    implementation("net.java.dev.jna:jna:5.17.0@aar")
}
