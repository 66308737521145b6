// Generated from plans/boards.yaml by "npm run generate"; do not edit.
import type { Boards } from './plan.generated.ts';

export const CATALOGUE_BOARDS: Boards = {
  "VIRTUAL": {
    "port": "webassembly",
    "mcu": "wasm",
    "driver": "virtual",
    "variants": [
      "",
      "V127"
    ],
    "limits": {
      "power": "10s",
      "flash": "10s",
      "verify": "5s",
      "setup": "30s",
      "teardown": "5s"
    }
  },
  "RPI_PICO": {
    "port": "rp2",
    "mcu": "rp2040",
    "programmer": "picotool",
    "usb": {
      "application": "2e8a:0005",
      "boot": "2e8a:0003"
    },
    "limits": {
      "power": "5s",
      "flash": "30s"
    }
  },
  "RPI_PICO_W": {
    "port": "rp2",
    "mcu": "rp2040",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "picotool",
    "usb": {
      "application": "2e8a:0005",
      "boot": "2e8a:0003"
    },
    "limits": {
      "power": "5s",
      "flash": "30s"
    }
  },
  "RPI_PICO2": {
    "port": "rp2",
    "mcu": "rp2350",
    "variants": [
      "",
      "RISCV"
    ],
    "programmer": "picotool",
    "usb": {
      "application": "2e8a:0005",
      "boot": "2e8a:000f"
    },
    "limits": {
      "power": "5s",
      "flash": "30s"
    }
  },
  "RPI_PICO2_W": {
    "port": "rp2",
    "mcu": "rp2350",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "picotool",
    "usb": {
      "application": "2e8a:0005",
      "boot": "2e8a:000f"
    },
    "limits": {
      "power": "5s",
      "flash": "30s"
    }
  },
  "PYBV11": {
    "port": "stm32",
    "mcu": "stm32f4",
    "variants": [
      "",
      "DP",
      "THREAD",
      "DP_THREAD"
    ],
    "programmer": "dfu-util",
    "usb": {
      "application": "f055:9800",
      "boot": "0483:df11"
    },
    "limits": {
      "power": "6s",
      "flash": "60s"
    }
  },
  "PYBLITEV10": {
    "port": "stm32",
    "mcu": "stm32f4",
    "programmer": "dfu-util",
    "usb": {
      "application": "f055:9800",
      "boot": "0483:df11"
    },
    "limits": {
      "power": "6s",
      "flash": "60s"
    }
  },
  "PYBD_SF2": {
    "port": "stm32",
    "mcu": "stm32f7",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "dfu-util",
    "usb": {
      "application": "f055:9800",
      "boot": "0483:df11"
    },
    "limits": {
      "power": "6s",
      "flash": "60s"
    }
  },
  "PYBD_SF6": {
    "port": "stm32",
    "mcu": "stm32f7",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "dfu-util",
    "usb": {
      "application": "f055:9800",
      "boot": "0483:df11"
    },
    "limits": {
      "power": "6s",
      "flash": "60s"
    }
  },
  "NUCLEO_WB55": {
    "port": "stm32",
    "mcu": "stm32wb",
    "features": [
      "mcu",
      "ble"
    ],
    "programmer": "dfu-util",
    "usb": {
      "application": "f055:9800",
      "boot": "0483:df11"
    },
    "limits": {
      "power": "6s",
      "flash": "60s"
    }
  },
  "ESP32_GENERIC": {
    "port": "esp32",
    "mcu": "esp32",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "esptool",
    "usb": {
      "application": "10c4:ea60",
      "boot": "10c4:ea60"
    },
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "ESP32_GENERIC_C3": {
    "port": "esp32",
    "mcu": "esp32c3",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "esptool",
    "usb": {
      "application": "10c4:ea60",
      "boot": "10c4:ea60"
    },
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "ESP32_GENERIC_S3": {
    "port": "esp32",
    "mcu": "esp32s3",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "esptool",
    "usb": {
      "application": "303a:4001",
      "boot": "303a:1001"
    },
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "LOLIN_C3_MINI": {
    "port": "esp32",
    "mcu": "esp32c3",
    "features": [
      "mcu"
    ],
    "programmer": "esptool",
    "usb": {
      "application": "303a:1001",
      "boot": "303a:1001"
    },
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "UM_TINYPICO": {
    "port": "esp32",
    "mcu": "esp32",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "esptool",
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "UM_FEATHERS2": {
    "port": "esp32",
    "mcu": "esp32s2",
    "features": [
      "mcu",
      "wlan"
    ],
    "programmer": "esptool",
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "UM_FEATHERS3": {
    "port": "esp32",
    "mcu": "esp32s3",
    "features": [
      "mcu",
      "wlan",
      "ble"
    ],
    "programmer": "esptool",
    "usb": {
      "application": "303a:80d7",
      "boot": "303a:1001"
    },
    "limits": {
      "power": "8s",
      "flash": "90s"
    }
  },
  "ESP8266_GENERIC": {
    "port": "esp8266",
    "mcu": "esp8266",
    "features": [
      "mcu",
      "wlan"
    ],
    "programmer": "esptool",
    "limits": {
      "power": "6s",
      "flash": "90s"
    },
    "perfbench": [
      50,
      36
    ]
  },
  "TEENSY40": {
    "port": "mimxrt",
    "mcu": "mimxrt",
    "programmer": "teensy_loader_cli",
    "usb": {
      "application": "f055:9802",
      "boot": "16c0:0478"
    },
    "limits": {
      "power": "5s",
      "flash": "60s"
    }
  },
  "ARDUINO_NANO_33_BLE_SENSE": {
    "port": "nrf",
    "mcu": "nrf52",
    "features": [
      "mcu"
    ],
    "programmer": "bossac",
    "usb": {
      "application": "2341:025a",
      "boot": "2341:005a"
    },
    "limits": {
      "power": "5s",
      "flash": "60s"
    }
  },
  "PCA10059": {
    "port": "nrf",
    "mcu": "nrf52",
    "features": [
      "mcu"
    ],
    "programmer": "picoprobe",
    "usb": {
      "application": "f055:9802"
    },
    "limits": {
      "power": "5s",
      "flash": "60s"
    }
  },
  "ADAFRUIT_ITSYBITSY_M0_EXPRESS": {
    "port": "samd",
    "mcu": "samd21",
    "programmer": "samd_bossac",
    "usb": {
      "application": "f055:9802",
      "boot": "239a:000f"
    },
    "limits": {
      "power": "12s",
      "flash": "60s"
    },
    "perfbench": [
      48,
      20
    ]
  }
};
