import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.ActiveMQServers;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule;
import org.apache.activemq.artemis.spi.core.security.jaas.SCRAMLoginModule;
import org.apache.activemq.artemis.spi.core.security.jaas.SCRAMPropertiesLoginModule;

/**
 * Two servers of Artemis in memory, at free ports of this machine for AMQP and WebSockets: one open to everybody, and one with users, which are in
 * the folder that is the only argument. Prints host:port of both in one line, and ends when its input does.
 */
public final class ArtemisServer {
  /** Above the largest message that a check sends over a WebSocket. */
  private static final int WEB_SOCKET_FRAME_BYTES_MAX = 1 << 20;
  /** How JAAS calls the ways to log in: while SASL is spoken by SCRAM, and all. */
  private static final String SCRAM = "scram";
  private static final String EACH = "each";

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Files.writeString(folder.resolve("users"), "ann=open sesame\n");
    Files.writeString(folder.resolve("roles"), "everybody=ann\n");
    javax.security.auth.login.Configuration.setConfiguration(new LogIns(folder));
    String open = start("webSocketMaxFramePayloadLength=" + WEB_SOCKET_FRAME_BYTES_MAX, null);
    String guarded = start("saslMechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN;saslLoginConfigScope=" + SCRAM, new ActiveMQJAASSecurityManager(EACH));
    System.out.println(open + " " + guarded);
    while (System.in.read() >= 0);
    System.exit(0);
  }

  private static String start(String options, ActiveMQJAASSecurityManager security) throws Exception {
    String address = "127.0.0.1:" + freePort();
    Configuration configuration = new ConfigurationImpl().setPersistenceEnabled(false).setSecurityEnabled(security != null).setJMXManagementEnabled(false);
    configuration.setName(address).addAcceptorConfiguration("amqp", "tcp://" + address + "?protocols=AMQP;" + options);
    ActiveMQServers.newActiveMQServer(configuration, null, security, false).start();
    return address;
  }

  /** Artemis does not tell which port it took when it is asked for any. */
  private static int freePort() throws Exception {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** What else is written in files of JAAS. */
  private static final class LogIns extends javax.security.auth.login.Configuration {
    private final Map<String, Object> files;

    LogIns(Path folder) {
      files = Map.of("baseDir", folder.toString(), "org.apache.activemq.jaas.properties.user", "users", "org.apache.activemq.jaas.properties.role", "roles");
    }

    @Override
    public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
      if (name.equals(SCRAM)) return new AppConfigurationEntry[] {entry(SCRAMPropertiesLoginModule.class, LoginModuleControlFlag.REQUIRED)};
      return new AppConfigurationEntry[] {
        entry(SCRAMLoginModule.class, LoginModuleControlFlag.SUFFICIENT), entry(PropertiesLoginModule.class, LoginModuleControlFlag.REQUIRED)
      };
    }

    private AppConfigurationEntry entry(Class<?> module, LoginModuleControlFlag flag) {
      return new AppConfigurationEntry(module.getName(), flag, files);
    }
  }
}
