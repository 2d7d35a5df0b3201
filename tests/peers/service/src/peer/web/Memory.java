package peer.web;

import io.mosip.kernel.keymanager.hsm.impl.pkcs.PKCS11KeyStoreImpl;
import io.mosip.kernel.keymanagerservice.repository.KeyAliasRepository;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.security.KeyStore;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cache2k.Cache;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** What no operation of the service gives: its rows as it reads them, its clock, and a memory as after a restart. */
@RestController
public class Memory {
    @Autowired
    private ApplicationContext context;
    @Autowired
    private KeyAliasRepository rows;
    @Value("${mosip.kernel.keymanager.hsm.keystore-pass}")
    private String pin;

    /** Loads the key store again, and empties every cache; answers how many of them. */
    @PostMapping("/peer/forget")
    public Map<String, Integer> forget() throws Exception {
        int forgotten = 0;
        for (String name : context.getBeanDefinitionNames()) {
            Object target = AopProxyUtils.getSingletonTarget(context.getBean(name));
            forgotten += forget(target == null ? context.getBean(name) : target);
        }
        return Map.of("forgotten", forgotten);
    }

    @GetMapping("/peer/rows")
    public List<Map<String, String>> rows() {
        return rows.findAll().stream().map(row -> {
            Map<String, String> columns = new LinkedHashMap<>();
            columns.put("alias", row.getAlias());
            columns.put("app", row.getApplicationId());
            columns.put("ref", row.getReferenceId());
            columns.put("from", String.valueOf(row.getKeyGenerationTime()));
            columns.put("until", String.valueOf(row.getKeyExpiryTime()));
            columns.put("thumbprint", row.getCertThumbprint());
            columns.put("unique", row.getUniqueIdentifier());
            return columns;
        }).toList();
    }

    @GetMapping("/peer/clock")
    public Map<String, String> clock() {
        return Map.of("now", LocalDateTime.now(ZoneOffset.UTC) + "Z");
    }

    private int forget(Object bean) throws Exception {
        if (!bean.getClass().getName().startsWith("io.mosip.kernel.")) {
            return 0;
        }
        int forgotten = 0;
        for (Class<?> type = bean.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                field.setAccessible(true);
                Object value = field.get(bean);
                if (value instanceof Cache<?, ?> cache) {
                    cache.clear();
                    forgotten++;
                } else if (value instanceof Map<?, ?> map && field.getName().toLowerCase().contains("cache")) {
                    map.clear();
                    forgotten++;
                } else if (value instanceof PKCS11KeyStoreImpl store) {
                    forgotten += forget(store);
                } else if (value instanceof KeyStore store && bean instanceof PKCS11KeyStoreImpl) {
                    store.load(null, pin.toCharArray());
                    forgotten++;
                }
            }
        }
        return forgotten;
    }
}
