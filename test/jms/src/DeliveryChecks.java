import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSProducer;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** When messages are delivered, in which order, and to whom: priority, delay, expiry, groups. */
final class DeliveryChecks {
  static void addTo(Suite suite) {
    suite.check("[3.4.10] messages of a higher priority are delivered before others, and equals in their order", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (int priority : new int[] {0, 4, 9, 4, 0, 9}) context.createProducer().setPriority(priority).send(queue, "p" + priority);
      Client.equal(List.of("p9", "p9", "p4", "p4", "p0", "p0"), Client.nextTexts(context.createConsumer(queue), 6));
    });

    suite.check("[7.9] a message with a delivery delay comes after it, and others before", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      JMSConsumer consumer = client.context().createConsumer(queue);
      long before = System.currentTimeMillis();
      context.createProducer().setDeliveryDelay(1000).send(queue, "later");
      context.createProducer().send(queue, "at once");
      Client.equal("at once", Client.nextText(consumer));
      Message later = Client.next(consumer);
      Client.equal("later", later.getBody(String.class));
      Client.holds(System.currentTimeMillis() >= before + 1000, "came too early");
      Client.holds(later.getJMSDeliveryTime() >= before + 1000, "says another delivery time: " + later.getJMSDeliveryTime());
    });

    suite.check("[7.9] a delayed message reaches those who subscribed when it was sent", client -> {
      JMSContext context = client.context();
      Topic topic = context.createTopic(Client.name());
      JMSConsumer consumer = client.context().createConsumer(topic);
      long before = System.currentTimeMillis();
      context.createProducer().setDeliveryDelay(500).send(topic, "later");
      Client.equal("later", Client.nextText(consumer));
      Client.holds(System.currentTimeMillis() >= before + 500, "came too early");
    });

    suite.check("[3.4.9] a message that has expired is not delivered, one that has not is", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      JMSContext other = client.context();
      context.createProducer().setTimeToLive(1).send(queue, "expires");
      context.createProducer().setTimeToLive(600_000).send(queue, "lives");
      Thread.sleep(10);
      JMSConsumer consumer = other.createConsumer(queue);
      Client.equal("lives", Client.nextText(consumer));
      Client.nothing(consumer);
    });

    suite.check("[3.5.8] the messages of a group go to one consumer, while others share the rest", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      List<JMSConsumer> consumers = List.of(client.context().createConsumer(queue), client.context().createConsumer(queue));
      for (int i = 0; i < 40; i++) context.createProducer().setProperty("JMSXGroupID", "g" + i % 4).send(queue, "g" + i % 4 + "-" + i);
      Map<String, Set<JMSConsumer>> owners = new HashMap<>();
      Map<String, List<Integer>> orders = new HashMap<>();
      int count = 0;
      while (count < 40)
        for (JMSConsumer consumer : consumers) {
          Message message = consumer.receive(50);
          if (message == null) continue;
          count++;
          String[] parts = message.getBody(String.class).split("-");
          owners.computeIfAbsent(parts[0], group -> new HashSet<>()).add(consumer);
          orders.computeIfAbsent(parts[0], group -> new ArrayList<>()).add(Integer.valueOf(parts[1]));
        }
      for (Set<JMSConsumer> owner : owners.values()) Client.equal(1, owner.size());
      for (List<Integer> order : orders.values()) Client.equal(order.stream().sorted().toList(), order);
    });

    suite.check("[3.5.8] a group whose consumer has gone goes to another", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      JMSContext first = client.context();
      JMSConsumer owner = first.createConsumer(queue);
      JMSProducer producer = context.createProducer().setProperty("JMSXGroupID", "g");
      producer.send(queue, "one");
      Client.equal("one", Client.nextText(owner));
      JMSConsumer heir = client.context().createConsumer(queue);
      first.close();
      producer.send(queue, "two");
      Client.equal("two", Client.nextText(heir));
    });
  }
}
